import { stem, words } from './words.ts';

/** Numbers of an offline embedding. */
const offlineDimensions = 256;

/**
 * A bag of stemmed words, each hashed to a place and a sign (feature hashing, Weinberger et al. 2009), counts damped by the
 * logarithm, of length 1. Texts that share words are near each other; meaning beyond words is not seen.
 */
export function hashEmbedding(text: string): number[] {
  const counts = new Map<string, number>();
  const stems = words(text).map(stem);
  for (const key of stems.length > 0 ? stems : [text]) counts.set(key, (counts.get(key) ?? 0) + 1);
  const vector = new Array<number>(offlineDimensions).fill(0);
  for (const [key, count] of counts) {
    const hash = fnv1a(key);
    const place = hash % offlineDimensions;
    const sign = hash & 0x8000_0000 ? -1 : 1;
    vector[place] = (vector[place] ?? 0) + sign * (1 + Math.log(count));
  }
  const length = Math.hypot(...vector);
  if (length === 0) return unitVector(fnv1a(text));
  return vector.map((value) => value / length);
}

/** Where all words cancel each other out. */
function unitVector(hash: number): number[] {
  const vector = new Array<number>(offlineDimensions).fill(0);
  vector[hash % offlineDimensions] = 1;
  return vector;
}

/** FNV-1a, 32 bits. */
function fnv1a(text: string): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
  }
  return hash >>> 0;
}
