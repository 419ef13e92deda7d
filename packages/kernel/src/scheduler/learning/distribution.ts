/** Sizes that are kept; the newest push out the oldest. */
const maxSamples = 256;

/** How large programs of a sort turned out to be, and what to expect of one that has come so far. */
export class Distribution {
  readonly #samples: number[];
  #next: number;
  /** The samples from the smallest up, and after each the sum of those that follow; made when first asked for. */
  #sorted: { sizes: number[]; sumFrom: number[] } | undefined;

  /** Starts with sizes learned before, the oldest first. */
  constructor(sizes: readonly number[] = []) {
    this.#samples = sizes.slice(-maxSamples);
    this.#next = this.#samples.length % maxSamples;
  }

  get count(): number {
    return this.#samples.length;
  }

  /** The oldest first. */
  get sizes(): number[] {
    return [...this.#samples.slice(this.#next), ...this.#samples.slice(0, this.#next)];
  }

  add(size: number): void {
    this.#samples[this.#next] = size;
    this.#next = (this.#next + 1) % maxSamples;
    this.#sorted = undefined;
  }

  /**
   * The mean of what is left of programs that got at least so much. One that is larger than all before is taken to be half
   * done with what it got of late: the longer it runs, the more is expected of it, unless it pauses.
   */
  expectedRemaining(attained: number, recent: number): number {
    const { sizes, sumFrom } = this.#sort();
    const from = firstAbove(sizes, attained);
    const larger = sizes.length - from;
    return larger === 0 ? recent / 2 : (sumFrom[from] ?? 0) / larger - attained;
  }

  #sort(): { sizes: number[]; sumFrom: number[] } {
    if (this.#sorted !== undefined) return this.#sorted;
    const sizes = this.#samples.toSorted((left, right) => left - right);
    const sumFrom: number[] = new Array(sizes.length).fill(0);
    let sum = 0;
    for (let index = sizes.length - 1; index >= 0; index -= 1) {
      sum += sizes[index] ?? 0;
      sumFrom[index] = sum;
    }
    this.#sorted = { sizes, sumFrom };
    return this.#sorted;
  }
}

/** Index of the first that is greater; the length where none is. */
function firstAbove(sorted: readonly number[], bound: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}
