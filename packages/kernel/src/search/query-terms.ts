import { stopWords } from './stop-words.ts';

const maximumTerms = 32;
const maximumTermCharacters = 64;

/**
 * The words of a question that are worth looking for, each once, in lower case: letters and digits only, so that they can’t
 * be taken for the syntax of a full-text query. Stop words are dropped unless there is nothing else.
 */
export function queryTerms(query: string): string[] {
  const words =
    query
      .toWellFormed()
      .toLowerCase()
      .match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  const distinct = [...new Set(words.map((word) => word.slice(0, maximumTermCharacters).toWellFormed()))];
  const telling = distinct.filter((word) => !stopWords.has(word));
  return (telling.length > 0 ? telling : distinct).slice(0, maximumTerms);
}
