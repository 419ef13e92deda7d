import type { LimitReport } from '../driver.ts';

/**
 * What a provider last said of one of its limits. How long its window is does not matter: while enough is left calls go
 * on, else they wait until the provider’s own reset.
 */
export class ReportedWindow {
  #limit = Number.POSITIVE_INFINITY;
  #remaining = Number.POSITIVE_INFINITY;
  #resetsAt = 0;

  /** A report without a reset says nothing about when to go on, so it is left out. */
  report({ limit, remaining, resetMs }: LimitReport, now: number): void {
    if (remaining === undefined || resetMs === undefined) return;
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
    this.#remaining = remaining;
    this.#resetsAt = now + resetMs;
  }

  /** What a call counts as: one that is larger than the limit takes all of it. */
  countOf(amount: number): number {
    return Math.min(amount, this.#limit);
  }

  /** Milliseconds until the reset when too little is left, else 0. */
  waitMs(amount: number, now: number): number {
    return now >= this.#resetsAt || this.countOf(amount) <= this.#remaining ? 0 : this.#resetsAt - now;
  }

  take(amount: number): void {
    this.#remaining = Math.max(0, this.#remaining - amount);
  }
}
