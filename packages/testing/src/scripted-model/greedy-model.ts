import type { Script, ScriptedRequest } from './script.ts';

export interface GreedyModelOptions {
  /** Words of a reply; 40 when absent. */
  words?: number;
  /** Characters of a streamed piece, which need not be whole tokens, as with most vendors; 4 when absent. */
  pieceLength?: number;
}

const words = [
  'context',
  'un',
  'believable',
  'switch',
  'Zürich',
  '日本語',
  'token',
  'a',
  'generation',
  '🙂',
  'kernel',
  '1024',
  'snapshot',
  'I',
  'resumes,',
  'where',
  'it',
  'stopped.',
  'code();',
  '“quoted”',
];
const gaps = [' ', ' ', ' ', ' ', ' ', ' ', '\n', '. ', '.\n\n', ', '];
/** Characters of a token within a word. */
const tokenLength = 3;

/**
 * A model as it is under greedy decoding: what it writes follows from the tokens before. A text that is sent back to be gone on
 * with is read into tokens anew, so where it was cut inside of one the model is in another state and writes something else.
 */
export function greedyModel({ words: length = 40, pieceLength = 4 }: GreedyModelOptions = {}): Script {
  return (request) => {
    const text = textOf(hashOf(JSON.stringify(request.messages)), length);
    return { text: piecesOf(asRead(text, request), pieceLength) };
  };
}

/** The text as the model writes it after the beginning that it was sent. */
function asRead(text: string, { begun = '' }: ScriptedRequest): string {
  const tokens = tokensOf(text);
  const read = tokensOf(begun);
  const isInState = text.startsWith(begun) && read.every((token, index) => token === tokens[index]);
  return isInState ? text : `${begun} ${textOf(hashOf(begun), 10)}`;
}

/** A word has the space before it, as in the vocabularies of most models, and long ones are several tokens. */
function tokensOf(text: string): string[] {
  const groups = text.match(/ ?[^\s]+|\s/gu) ?? [];
  return groups.flatMap((group) => piecesOf(group, tokenLength));
}

function piecesOf(text: string, length: number): string[] {
  const characters = [...text];
  return Array.from({ length: Math.ceil(characters.length / length) }, (_, index) =>
    characters.slice(index * length, (index + 1) * length).join(''),
  );
}

function textOf(seed: number, length: number): string {
  let state = seed;
  const next = (choices: readonly string[]) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return choices[(state >>> 16) % choices.length] ?? '';
  };
  let text = '';
  for (let word = 0; word < length; word += 1) text += (word === 0 ? '' : next(gaps)) + next(words);
  return text;
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}
