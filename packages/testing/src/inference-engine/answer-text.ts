import { mix } from './token-chain.ts';

const consonants = 'bdfghklmnprstvwz';
const vowels = 'aeiou';

/**
 * The text that the simulated model writes after a prompt: pseudo-words of three letters, a word for a token, the same ones
 * for the same prompt. A token carries the space before it, so that with OpenAI’s rule of four characters a token estimates
 * and counts agree.
 */
export function answerToken(seed: number, index: number): string {
  const hash = mix(seed, index);
  const word =
    consonants.charAt(hash & 15) +
    vowels.charAt(((hash >>> 4) & 255) % 5) +
    consonants.charAt((hash >>> 12) & 15);
  return index === 0 ? word : ` ${word}`;
}

/** The tokens from `from` up to, not with, `to`. */
export function answerText(seed: number, from: number, to: number): string {
  let text = '';
  for (let index = from; index < to; index += 1) text += answerToken(seed, index);
  return text;
}

/** How many tokens an answer of so many characters has, where the last of them may be cut. */
export function tokensOfLength(characters: number): number {
  return characters === 0 ? 0 : Math.ceil((characters + 1) / 4);
}

/** A length for the answer to a prompt, geometrically distributed. */
export function naturalLength(seed: number, mean: number): number {
  const uniform = (mix(seed, 0x5eed) + 1) / 2 ** 32;
  return Math.max(1, Math.ceil(Math.log(uniform) / Math.log(1 - 1 / Math.max(2, mean))));
}
