/** An average in which what was long ago counts less and less. */
export class MovingAverage {
  readonly #share: number;
  #value: number | undefined;

  /** `share`, of 1: what the newest sample counts. */
  constructor(share: number) {
    this.#share = share;
  }

  /** Nothing before the first sample. */
  get value(): number | undefined {
    return this.#value;
  }

  add(sample: number): void {
    this.#value = this.#value === undefined ? sample : this.#value + this.#share * (sample - this.#value);
  }
}
