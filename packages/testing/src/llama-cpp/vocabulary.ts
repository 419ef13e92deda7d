// A vocabulary of byte pairs, as GPT-2’s: every byte is a token, and merges make longer ones of them.

const words = [
  'kernel',
  'agent',
  'token',
  'slot',
  'queue',
  'core',
  'memory',
  'page',
  'thread',
  'signal',
  'cache',
  'word',
  'state',
  'disk',
  'clock',
  'lock',
  'user',
  'file',
  'path',
  'node',
  'port',
  'call',
  'stack',
  'heap',
  'light',
  'stone',
  'river',
  'cloud',
];
const endings = ['s', 'ing', 'ed', 'er', '.', ',', '!'];
/** Written byte by byte: no token holds one of them whole. */
const characters = ['é', '日', '🙂'];

/** How GPT-2’s vocabulary writes a byte: as itself where that can be seen, else as a character beyond the first 256. */
const byteNames: readonly string[] = (() => {
  const isVisible = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let beyond = 0;
  return Array.from({ length: 256 }, (_, byte) => {
    if (isVisible(byte)) return String.fromCharCode(byte);
    beyond += 1;
    return String.fromCharCode(255 + beyond);
  });
})();

const spell = (text: string): string[] => [...Buffer.from(text)].map((byte) => byteNames[byte] ?? '');

export interface Vocabulary {
  readonly tokens: readonly string[];
  readonly merges: readonly string[];
  /** Token that ends a text. */
  readonly end: number;
  /** Tokens that a model may choose freely: whole words, their endings, newlines, first bytes of characters, the end. */
  readonly free: readonly number[];
  /** After the first of these must come the second: bytes of one character. */
  readonly chains: readonly (readonly [number, number])[];
}

/** Everything that a model writes with the free tokens and chains is read again into the same tokens. */
export function createVocabulary(): Vocabulary {
  const tokens = [...byteNames];
  const merges: string[] = [];
  const merge = (text: string) => {
    const [first = '', ...rest] = spell(text);
    let left = first;
    for (const right of rest) {
      if (!tokens.includes(left + right)) {
        tokens.push(left + right);
        merges.push(`${left} ${right}`);
      }
      left += right;
    }
    return tokens.indexOf(left);
  };
  const wholeWords = words.map((word) => merge(` ${word}`));
  const wholeEndings = endings.map(merge);
  const bytes = characters.map((character) => [...Buffer.from(character)]);
  const end = tokens.push('<|end|>') - 1;
  return {
    tokens,
    merges,
    end,
    free: [...wholeWords, ...wholeEndings, 10, ...bytes.map(([first = 0]) => first), end],
    chains: bytes.flatMap((all) => all.slice(1).map((byte, index) => [all[index] ?? 0, byte] as const)),
  };
}
