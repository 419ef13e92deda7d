import type { Clock } from '../clock/index.ts';
import type { Queue } from './queue.ts';
import type { Ticket } from './ticket.ts';

/** Ends waits that take too long. All may take the same time, so one timer for the call that came first is enough. */
export class WaitLimit {
  readonly #clock: Clock;
  readonly #onExceeded: (ticket: Ticket) => void;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, onExceeded: (ticket: Ticket) => void) {
    this.#clock = clock;
    this.#onExceeded = onExceeded;
  }

  /** `waiting` is in the order in which the calls came. */
  watch(waiting: Queue<Ticket>, maxWaitMs: number): void {
    const { first } = waiting;
    if (this.#cancelTimer !== undefined || first === undefined) return;
    const leftMs = Math.max(0, Math.ceil(first.arrivedAt + maxWaitMs - this.#clock.now()));
    this.#cancelTimer = this.#clock.after(leftMs, () => {
      this.#cancelTimer = undefined;
      this.#endLateOnes(waiting, maxWaitMs);
      this.watch(waiting, maxWaitMs);
    });
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #endLateOnes(waiting: Queue<Ticket>, maxWaitMs: number): void {
    const now = this.#clock.now();
    for (let ticket = waiting.first; ticket !== undefined; ticket = waiting.first) {
      if (ticket.arrivedAt + maxWaitMs > now) return;
      this.#onExceeded(ticket);
    }
  }
}
