import { type Passage, splitPassages } from '../search/index.ts';
import type { Note } from './note-store.ts';

/** What a note is found by: its content, under its context, keywords and tags, which count more than the text. */
export function searchablePassages({ content, context, keywords, tags }: Note): Passage[] {
  const heading = [context, ...keywords, ...tags].filter((part) => part !== '').join(' › ');
  return splitPassages(content, 'plain').map((passage) => ({ ...passage, heading }));
}
