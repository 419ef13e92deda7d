import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from './clock.ts';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that stands still until it is told to go on. */
export class SimulatedClock implements Clock {
  readonly #timers = new Set<Timer>();
  #now = 1_000_000;

  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass, running what is due in order; what a timer sets off runs before the next one. */
  async advance(byMs: number): Promise<void> {
    const until = this.#now + byMs;
    await nextTurn();
    for (let due = this.#next(); due !== undefined && due.at <= until; due = this.#next()) {
      this.#fire(due);
      await nextTurn();
    }
    this.#now = until;
  }

  /** Lets time pass until nothing waits for it any more. */
  async runOut(): Promise<void> {
    await nextTurn();
    for (let due = this.#next(); due !== undefined; due = this.#next()) {
      this.#fire(due);
      await nextTurn();
    }
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.run();
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (first === undefined || timer.at < first.at) first = timer;
    return first;
  }
}
