import { MovingAverage } from './average.ts';
import type { Pace } from './policy.ts';

/** Said when nothing is known yet. */
const usualRetryMs = 1000;
const longestRetryMs = 600_000;
/** What was so long ago counts half; what is so long past says nothing of today. */
const halfLifeMs = 30_000;
const forgottenMs = 300_000;
/** Times that each slot must have been given on before a forecast is made of it. */
const knownAfterRounds = 4;

/**
 * Measures how fast a queue moves: how many waiting calls get a slot in the time in which some wait, how long calls hold one,
 * what they do with it.
 */
export class Drain implements Pace {
  readonly #callMs = new MovingAverage(0.05);
  readonly #unitsPerMs = new MovingAverage(0.02);
  /** Calls that got a slot while others waited, and the milliseconds in which they did; both fade. */
  #dispatches = 0;
  #waitedMs = 0;
  /** Dispatches that were counted since the pace was last forgotten. */
  #count = 0;
  /** Since when the time to the next dispatch counts; nothing while nobody waits. */
  #since: number | undefined;
  #lastAt = 0;

  get unitsPerMs(): number | undefined {
    return this.#unitsPerMs.value;
  }

  get callMs(): number | undefined {
    return this.#callMs.value;
  }

  /** Milliseconds between two calls that got a slot while others waited; nothing before there was one. */
  get msPerDispatch(): number | undefined {
    if (this.#dispatches === 0) return undefined;
    // Both have faded by the same factors; what is left of their rounding is taken away.
    return Math.round((this.#waitedMs / this.#dispatches) * 1e6) / 1e6;
  }

  /** A waiting call got a slot; `othersWait`: the time to the next one counts, too. */
  dispatched(now: number, othersWait: boolean): void {
    if (this.#since !== undefined) {
      const passedMs = now - this.#since;
      const kept = 2 ** (-passedMs / halfLifeMs);
      this.#dispatches = this.#dispatches * kept + 1;
      this.#waitedMs = this.#waitedMs * kept + passedMs;
      this.#count += 1;
      this.#lastAt = now;
    }
    this.#since = othersWait ? now : undefined;
  }

  /** The first call waits: the time to its slot counts. */
  began(now: number): void {
    if (this.#since !== undefined) return;
    this.#since = now;
    if (now - this.#lastAt <= forgottenMs) return;
    this.#dispatches = 0;
    this.#waitedMs = 0;
    this.#count = 0;
  }

  /** Nobody waits any more. */
  emptied(): void {
    this.#since = undefined;
  }

  ended(units: number, heldMs: number): void {
    this.#callMs.add(heldMs);
    if (heldMs > 0) this.#unitsPerMs.add(units / heldMs);
  }

  /**
   * Milliseconds until so many waiting calls have got their slots, by the calls a second that got one; 0 while too little is
   * known. That is until each of the `slots` has been given on a few times: how long the first took says how long a call takes,
   * not how many are served meanwhile, and a burst slows down the kernel itself while it comes.
   */
  expectedMs(calls: number, slots: number): number {
    return this.#count < knownAfterRounds * slots ? 0 : calls * (this.msPerDispatch ?? 0);
  }

  /** When to come back to a queue that refuses: when half of those that wait have been served. */
  retryAfterMs(queued: number): number {
    const { msPerDispatch } = this;
    if (msPerDispatch === undefined) return usualRetryMs;
    return Math.min(longestRetryMs, Math.max(1, Math.ceil((msPerDispatch * queued) / 2)));
  }
}
