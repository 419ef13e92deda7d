import type { Provider } from './provider.ts';

/** What a piece of a model’s text turned out to be. */
export interface Sorted {
  reasoning: string;
  text: string;
}

/** Whether the provider may leave thinking in the text; the others sort it out themselves. */
export function writesThinkTags({ dialect }: Pick<Provider, 'dialect'>): boolean {
  return dialect === 'openai-compatible' || dialect === 'groq' || dialect === 'ollama';
}

const start = '<think>';
const end = '</think>';

/**
 * Takes thinking out of a text that begins with `<think>`, which is how open models write it and servers without a parser
 * for it pass it on. Marks that are cut between two pieces are put together; a text that begins otherwise passes through.
 */
export class ThinkTags {
  #state: 'beginning' | 'thinking' | 'answering' = 'beginning';
  #waiting = '';
  #hasThought = false;
  #isAfterMark = false;

  /** Sorts the next piece. What may be part of a mark waits. */
  add(piece: string): Sorted {
    if (this.#state === 'answering') return { reasoning: '', text: this.#trimmed(piece) };
    this.#waiting += piece;
    if (this.#state === 'beginning') {
      const opening = this.#waiting.trimStart();
      if (opening.length < start.length && start.startsWith(opening)) return { reasoning: '', text: '' };
      if (!opening.startsWith(start)) {
        this.#state = 'answering';
        return { reasoning: '', text: this.#take(this.#waiting.length) };
      }
      this.#state = 'thinking';
      this.#waiting = opening.slice(start.length);
    }
    return this.#think();
  }

  /** What was still waiting when the text ended. */
  finish(): Sorted {
    const rest = this.#take(this.#waiting.length);
    return this.#state === 'thinking' ? { reasoning: rest, text: '' } : { reasoning: '', text: rest };
  }

  #think(): Sorted {
    if (!this.#hasThought) this.#waiting = this.#waiting.trimStart();
    const close = this.#waiting.indexOf(end);
    if (close >= 0) {
      this.#state = 'answering';
      this.#isAfterMark = true;
      const reasoning = this.#take(close).trimEnd();
      const text = this.#trimmed(this.#take(this.#waiting.length).slice(end.length));
      return { reasoning, text };
    }
    const reasoning = this.#take(this.#waiting.length - possibleEnd(this.#waiting));
    if (reasoning !== '') this.#hasThought = true;
    return { reasoning, text: '' };
  }

  /** Takes the empty lines between thinking and answer away. */
  #trimmed(piece: string): string {
    if (!this.#isAfterMark) return piece;
    const text = piece.trimStart();
    if (text !== '') this.#isAfterMark = false;
    return text;
  }

  #take(length: number): string {
    const taken = this.#waiting.slice(0, length);
    this.#waiting = this.#waiting.slice(length);
    return taken;
  }
}

/** How much of the end may be white space before the closing mark, or the mark’s own beginning. */
function possibleEnd(text: string): number {
  let partial = 0;
  for (let length = Math.min(end.length - 1, text.length); length > 0 && partial === 0; length -= 1) {
    if (end.startsWith(text.slice(-length))) partial = length;
  }
  const before = text.slice(0, text.length - partial);
  return partial + before.length - before.trimEnd().length;
}
