import type { Clock } from '../../clock/index.ts';

/** A timer cannot be set for longer. */
const longestMs = 2 ** 31 - 1;

/** Says of each number when its time has come. */
export class Deadlines implements Disposable {
  readonly #clock: Clock;
  readonly #onDue: (id: number) => void;
  readonly #cancels = new Map<number, () => void>();

  constructor(clock: Clock, onDue: (id: number) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** `at`: milliseconds of Unix time. */
  set(id: number, at: number): void {
    const rest = Math.max(0, at - this.#clock.now());
    const run = () => {
      this.#cancels.delete(id);
      if (rest > longestMs) this.set(id, at);
      else this.#onDue(id);
    };
    this.#cancels.set(id, this.#clock.after(Math.min(rest, longestMs), run));
  }

  clear(id: number): void {
    this.#cancels.get(id)?.();
    this.#cancels.delete(id);
  }

  [Symbol.dispose](): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }
}
