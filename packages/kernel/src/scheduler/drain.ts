import { MovingAverage } from './average.ts';
import type { Pace } from './policy.ts';

/** Said when nothing is known yet. */
const usualRetryMs = 1000;
const longestRetryMs = 600_000;

/** Measures how fast a queue moves: how often a waiting call gets a slot, how long calls hold one, what they do with it. */
export class Drain implements Pace {
  readonly #msPerDispatch = new MovingAverage(0.05);
  readonly #callMs = new MovingAverage(0.05);
  readonly #unitsPerMs = new MovingAverage(0.02);
  #lastDispatchAt: number | undefined;

  get unitsPerMs(): number | undefined {
    return this.#unitsPerMs.value;
  }

  get callMs(): number | undefined {
    return this.#callMs.value;
  }

  /** Milliseconds between two calls that got a slot while others waited; nothing before there were two. */
  get msPerDispatch(): number | undefined {
    return this.#msPerDispatch.value;
  }

  /** A waiting call got a slot; `othersWait`: the time to the next one counts, too. */
  dispatched(now: number, othersWait: boolean): void {
    if (this.#lastDispatchAt !== undefined) this.#msPerDispatch.add(now - this.#lastDispatchAt);
    this.#lastDispatchAt = othersWait ? now : undefined;
  }

  /** The first call waits: the time to its slot counts. */
  began(now: number): void {
    this.#lastDispatchAt ??= now;
  }

  /** Nobody waits any more. */
  emptied(): void {
    this.#lastDispatchAt = undefined;
  }

  ended(units: number, heldMs: number): void {
    this.#callMs.add(heldMs);
    if (heldMs > 0) this.#unitsPerMs.add(units / heldMs);
  }

  /** Milliseconds until so many waiting calls have got their slots; 0 while nothing is known. */
  expectedMs(calls: number): number {
    return calls * (this.#msPerDispatch.value ?? 0);
  }

  /** When to come back to a queue that refuses: when half of those that wait have been served. */
  retryAfterMs(queued: number): number {
    const { value } = this.#msPerDispatch;
    if (value === undefined) return usualRetryMs;
    return Math.min(longestRetryMs, Math.max(1, Math.ceil((value * queued) / 2)));
  }
}
