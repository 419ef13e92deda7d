import { hash } from 'node:crypto';
import { type CountText, loadTokenizer, type TokenizerSource, tokenizerName } from './encodings.ts';

/** Texts up to so many characters are their own key; longer ones go by their hash, so that they need not be kept. */
const longestKey = 64;
const maxKept = 200_000;
/** Characters from which on a text is counted in parts of half as many, which take some 10 ms. */
export const longText = 100_000;
const startOfLine = /(?<=\n)[\p{L}\p{N}]/gu;

/** How many tokens texts have for one tokenizer. What was counted is remembered, whoever sends the text again. */
export class TextCounts {
  readonly #count: CountText;
  #recent = new Map<string, number>();
  #older = new Map<string, number>();

  constructor(count: CountText) {
    this.#count = count;
  }

  of(text: string): number {
    if (text === '') return 0;
    const key = keyOf(text);
    const known = this.#recent.get(key);
    if (known !== undefined) return known;
    const count = this.#older.get(key) ?? this.#count(text);
    this.#keep(key, count);
    return count;
  }

  /**
   * Counts a text that takes long in parts, with a pause after each, so that others have their turn. They are cut after the end
   * of a line that is followed by a letter or a digit, where no token goes across.
   */
  async countLong(text: string, pause: () => Promise<void>): Promise<void> {
    if (this.#known(keyOf(text)) !== undefined) return;
    let total = 0;
    for (let start = 0; start < text.length; ) {
      startOfLine.lastIndex = start + longText / 2;
      const end = startOfLine.exec(text)?.index ?? text.length;
      total += this.#count(text.slice(start, end));
      start = end;
      await pause();
    }
    this.#keep(keyOf(text), total);
  }

  #known(key: string): number | undefined {
    return this.#recent.get(key) ?? this.#older.get(key);
  }

  /** What was not asked for while as many others were is forgotten. */
  #keep(key: string, count: number): void {
    this.#recent.set(key, count);
    if (this.#recent.size < maxKept / 2) return;
    this.#older = this.#recent;
    this.#recent = new Map();
  }
}

function keyOf(text: string): string {
  return text.length <= longestKey ? text : hash('sha1', text, 'base64');
}

/** The tokenizers that were loaded, each once; one that could not be is tried again. */
export class Tokenizers {
  readonly #loading = new Map<string, Promise<TextCounts>>();

  load(source: TokenizerSource): Promise<TextCounts> {
    const name = tokenizerName(source);
    const known = this.#loading.get(name);
    if (known !== undefined) return known;
    const loading = loadTokenizer(source).then((count) => new TextCounts(count));
    this.#loading.set(name, loading);
    loading.catch(() => this.#loading.delete(name));
    return loading;
  }
}
