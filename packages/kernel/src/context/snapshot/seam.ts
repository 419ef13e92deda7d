/** Takes what an endpoint sends again of the text that it was sent off the beginning of its answer. */
export class Echo {
  readonly #expected: string;
  /** Nothing once it is known whether there is an echo. */
  #waiting: string | undefined = '';

  constructor(expected: string) {
    this.#expected = expected;
  }

  /** What of the piece is new, with what waited to be told from an echo. */
  take(piece: string): string {
    if (this.#waiting === undefined) return piece;
    const all = this.#waiting + piece;
    if (all.length < this.#expected.length && this.#expected.startsWith(all)) {
      this.#waiting = all;
      return '';
    }
    this.#waiting = undefined;
    return all.startsWith(this.#expected) ? all.slice(this.#expected.length) : all;
  }

  /** What waited still when the answer ended: as short as that it was no echo. */
  finish(): string {
    const rest = this.#waiting ?? '';
    this.#waiting = undefined;
    return rest;
  }
}

/** Joins what a model writes to what its caller has, where the end of that is written a second time. */
export class Seam {
  #told: string;
  #text: string;

  /** `start` is the length of the part of `told` that the model goes on from. */
  constructor(told: string, start: number) {
    this.#told = told;
    this.#text = told.slice(0, start);
  }

  /** The text as the model has written it so far. */
  get text(): string {
    return this.#text;
  }

  /** What the caller has, or would have. */
  get told(): string {
    return this.#told;
  }

  /** Whether the caller has nothing that the model has not written (again). */
  get isClosed(): boolean {
    return this.#text.length >= this.#told.length;
  }

  /** What the caller does not have yet; undefined where the model writes something else than it has. */
  take(piece: string): string | undefined {
    const text = this.#text + piece;
    if (text.length > this.#told.length && text.startsWith(this.#told)) {
      const fresh = text.slice(this.#told.length);
      this.#told = text;
      this.#text = text;
      return fresh;
    }
    if (this.#told.startsWith(text)) {
      this.#text = text;
      return '';
    }
    // Other whitespace than before, or none: what the caller has stands.
    if (this.#told.slice(this.#text.length).trim() !== '') return undefined;
    this.#text = this.#told;
    const rest = piece.trimStart();
    return rest === '' ? '' : this.take(rest);
  }
}
