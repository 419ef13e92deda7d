import type { Clock } from '../../clock/index.ts';

/** A clock whose time of day can be set, apart from how long timers take. */
export class TestClock implements Clock {
  #now = 1_000_000;
  #offset = 0;
  #timers: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now + this.#offset;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  set(offset: number): void {
    this.#offset += offset;
  }

  advance(byMs: number): void {
    const until = this.#now + byMs;
    for (;;) {
      const next = this.#timers.toSorted((left, right) => left.at - right.at)[0];
      if (next === undefined || next.at > until) break;
      this.#timers = this.#timers.filter((each) => each !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = until;
  }
}
