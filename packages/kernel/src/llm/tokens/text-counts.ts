import { hash } from 'node:crypto';
import { type CountText, loadTokenizer, type TokenizerSource, tokenizerName } from './encodings.ts';

/** Texts up to so many characters are their own key; longer ones go by their hash, so that they need not be kept. */
const longestKey = 64;
const maxKept = 200_000;

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
    const key = text.length <= longestKey ? text : hash('sha1', text, 'base64');
    const known = this.#recent.get(key);
    if (known !== undefined) return known;
    const count = this.#older.get(key) ?? this.#count(text);
    this.#keep(key, count);
    return count;
  }

  /** What was not asked for while as many others were is forgotten. */
  #keep(key: string, count: number): void {
    this.#recent.set(key, count);
    if (this.#recent.size < maxKept / 2) return;
    this.#older = this.#recent;
    this.#recent = new Map();
  }
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
