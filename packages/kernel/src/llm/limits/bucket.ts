const minuteMs = 60_000;

/**
 * A token bucket: holds at most one minute’s worth and fills steadily. What is taken must be there; only a correction (a
 * call used more than was reserved for it) can bring it below zero, and then nothing is taken until it has recovered.
 */
export class Bucket {
  readonly capacity: number;
  #level: number;
  #filledAt: number;

  constructor(perMinute: number, now: number) {
    this.capacity = perMinute;
    this.#level = perMinute;
    this.#filledAt = now;
  }

  level(now: number): number {
    this.#fill(now);
    return this.#level;
  }

  /** What a call counts as: one that is larger than the bucket takes a full one. */
  countOf(amount: number): number {
    return Math.min(amount, this.capacity);
  }

  /** Milliseconds until the amount is there; 0 when it is. An amount may be larger than the bucket: several calls in a row. */
  waitMs(amount: number, now: number): number {
    this.#fill(now);
    return Math.max(0, ((amount - this.#level) * minuteMs) / this.capacity);
  }

  take(amount: number, now: number): void {
    this.#fill(now);
    this.#level -= amount;
  }

  /** Corrects what was taken for a call: a positive amount comes back, a negative one was used in addition. */
  correct(amount: number, now: number): void {
    this.#fill(now);
    this.#level = Math.min(this.capacity, this.#level + amount);
  }

  /** The provider says that less is left. */
  lowerTo(level: number, now: number): void {
    this.#fill(now);
    this.#level = Math.min(this.#level, level);
  }

  #fill(now: number): void {
    const passed = Math.max(0, now - this.#filledAt);
    this.#level = Math.min(this.capacity, this.#level + (passed * this.capacity) / minuteMs);
    this.#filledAt = now;
  }
}
