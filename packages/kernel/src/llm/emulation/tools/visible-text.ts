import { callStart } from './prompt.ts';

/**
 * Lets through the text before the first tool call of a stream, piece by piece. The end of a piece that may be the
 * beginning of a mark waits for the next one. A text that opens like a bare call, or a fence with one, is held back whole.
 */
export class VisibleText {
  #waiting = '';
  #isClosed = false;
  #hasBegun = false;

  /** What of this piece may be shown now. */
  add(piece: string): string {
    if (this.#isClosed) return '';
    this.#waiting += piece;
    if (!this.#hasBegun) {
      const first = this.#waiting.trimStart();
      if (first === '') return '';
      if (first.startsWith('{') || first.startsWith('`')) {
        this.#isClosed = true;
        return '';
      }
      this.#hasBegun = true;
    }
    const mark = this.#waiting.indexOf(callStart);
    if (mark >= 0) {
      this.#isClosed = true;
      return this.#take(this.#waiting.slice(0, mark).trimEnd().length);
    }
    return this.#take(this.#waiting.length - lengthOfPossibleMark(this.#waiting));
  }

  #take(length: number): string {
    const shown = this.#waiting.slice(0, length);
    this.#waiting = this.#waiting.slice(length);
    return shown;
  }
}

/** How much of the end may belong to white space before a mark, or to the mark itself. */
function lengthOfPossibleMark(text: string): number {
  let partial = 0;
  for (let length = Math.min(callStart.length - 1, text.length); length > 0; length -= 1) {
    if (callStart.startsWith(text.slice(-length))) {
      partial = length;
      break;
    }
  }
  const before = text.slice(0, text.length - partial);
  return partial + before.length - before.trimEnd().length;
}
