import { setImmediate as nextTurn } from 'node:timers/promises';

/** Calls that arrive together may take so long of one turn of the event loop before others get theirs. */
const turnMs = 10;

/** Keeps a burst of calls from blocking the event loop: what comes late in a long turn waits for the next. */
export class Turn {
  #startedAt: number | undefined;

  /** Nothing while the turn is young; else a promise for a turn that is. */
  room(now: number): Promise<void> | undefined {
    return this.#isYoung(now) ? undefined : this.#wait();
  }

  #isYoung(now: number): boolean {
    if (this.#startedAt !== undefined) return now - this.#startedAt < turnMs;
    this.#startedAt = now;
    setImmediate(() => {
      this.#startedAt = undefined;
    });
    return true;
  }

  async #wait(): Promise<void> {
    do await nextTurn();
    while (!this.#isYoung(performance.now()));
  }
}
