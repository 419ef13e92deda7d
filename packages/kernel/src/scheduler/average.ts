/** An average in which what was long ago counts less and less; a plain one while there are few samples. */
export class MovingAverage {
  readonly #share: number;
  #value: number | undefined;
  #count = 0;

  /** `share`, of 1: what the newest sample counts. */
  constructor(share: number) {
    this.#share = share;
  }

  /** Nothing before the first sample. */
  get value(): number | undefined {
    return this.#value;
  }

  add(sample: number): void {
    this.#count += 1;
    const before = this.#value ?? sample;
    this.#value = before + Math.max(this.#share, 1 / this.#count) * (sample - before);
  }
}
