const minuteMs = 60_000;

/** When something was taken, and how much had been missing to a full bucket. */
export interface Taking {
  readonly at: number;
  readonly room: number;
}

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

  take(amount: number, now: number): Taking {
    this.#fill(now);
    const taking = { at: now, room: this.capacity - this.#level };
    this.#level -= amount;
    return taking;
  }

  /**
   * Corrects what was taken for a call: a positive amount comes back, a negative one was used in addition. What comes back
   * is less by what would have run over, had it never been taken.
   */
  correct(taking: Taking, amount: number, now: number): void {
    this.#fill(now);
    const runOver = Math.max(0, this.#filledIn(now - taking.at) - taking.room);
    const back = amount > 0 ? Math.max(0, amount - runOver) : amount;
    this.#level = Math.min(this.capacity, this.#level + back);
  }

  /** The provider says that less is left. */
  lowerTo(level: number, now: number): void {
    this.#fill(now);
    this.#level = Math.min(this.#level, level);
  }

  #fill(now: number): void {
    this.#level = Math.min(this.capacity, this.#level + this.#filledIn(now - this.#filledAt));
    this.#filledAt = now;
  }

  #filledIn(passedMs: number): number {
    return (Math.max(0, passedMs) * this.capacity) / minuteMs;
  }
}
