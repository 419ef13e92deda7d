export interface CutRules {
  /** The same text must come again after the cut: greedy decoding. */
  readonly isGreedy: boolean;
  /** Texts that end a reply. */
  readonly stop: readonly string[];
}

/** Longest end of a text that is written a second time. A longer one is waited for to get a better place. */
const maxTail = 400;

const replacement = '\uFFFD';

/**
 * Length up to which a text can be sent back so that a model goes on with it as if it had never been stopped; undefined where
 * there is no such place yet. Text is read into tokens anew, so the place must be one that no token of the whole text spans:
 * tokenizers split before a space that follows something else, and between a word and a newline (the patterns of GPT-4’s,
 * Llama 3’s and Qwen’s; a SentencePiece token has its space in front). In scripts without spaces it is before punctuation.
 * Without greedy decoding another text follows anyway, and only what cannot be sent is left out: the kept part has no
 * whitespace at its ends, which Anthropic refuses and chat templates take off (transformers, `continue_final_message`).
 */
export function safeCut(text: string, { isGreedy, stop }: CutRules): number | undefined {
  if (/^\s/.test(text)) return undefined;
  // A model’s bytes that are no text were lost: what is left does not say what it wrote.
  const whole = text.replace(/\uFFFD+$/, '');
  if (isGreedy && whole.includes(replacement)) return undefined;
  const least = Math.max(0, text.length - maxTail);
  let cut = withoutHalves(whole, whole.length);
  while (cut > least) {
    cut = isGreedy ? lastBoundary(whole, cut) : trimmedLength(whole, cut);
    const before = beforeStop(whole, cut, stop);
    if (before === cut) return cut > least ? cut : undefined;
    cut = withoutHalves(whole, before);
  }
  return undefined;
}

/** Not between the two halves of a character beyond U+FFFF. */
function withoutHalves(text: string, length: number): number {
  return /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) ? length - 1 : length;
}

function trimmedLength(text: string, length: number): number {
  return text.slice(0, length).trimEnd().length;
}

const wordEnd = /[\p{L}\p{N}]/u;
const letter = /\p{L}/u;
const punctuation = /[。，、！？；：…]/;

/** The last place at most at `limit` between two tokens, whatever the tokenizer; 0 where there is none. */
function lastBoundary(text: string, limit: number): number {
  for (let place = Math.min(limit, text.length - 1); place > 0; place -= 1) {
    const before = text.charAt(place - 1);
    const after = text.charAt(place);
    if (after === ' ' && before.trim() !== '') return place;
    if (after === '\n' && wordEnd.test(before)) return place;
    if (punctuation.test(after) && letter.test(before)) return place;
  }
  return 0;
}

/** Where what may become a stop text begins at the end: an engine looks for one only in what it writes itself. */
function beforeStop(text: string, length: number, stop: readonly string[]): number {
  let start = length;
  for (const ending of stop) {
    for (let size = Math.min(ending.length - 1, length); size > 0; size -= 1) {
      if (!text.slice(0, length).endsWith(ending.slice(0, size))) continue;
      start = Math.min(start, length - size);
      break;
    }
  }
  return start;
}
