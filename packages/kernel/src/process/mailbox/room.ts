import { AiosError } from '@aios/protocol';
import type { Clock } from '../../clock/index.ts';
import { untilAborted } from '../../syscall/index.ts';

/** Lets senders wait for room in full mailboxes. */
export class Room {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Something was taken out of a mailbox; where that was not for good, the next who tries finds out. */
  open(mailbox: string): void {
    this.#waiting.get(mailbox)?.resolve();
    this.#waiting.delete(mailbox);
  }

  /** Tries, and tries again when there may be room, for so long at most. */
  async whenThere<Result>(
    mailbox: string,
    waitMs: number,
    signal: AbortSignal,
    attempt: () => Promise<Result>,
  ): Promise<Result> {
    const until = this.#clock.now() + waitMs;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        const isFull = AiosError.isInstance(error) && error.code === 'rate_limited';
        const leftMs = until - this.#clock.now();
        if (!isFull || leftMs <= 0) throw error;
        await this.#wait(mailbox, leftMs, signal);
      }
    }
  }

  async #wait(mailbox: string, forMs: number, signal: AbortSignal): Promise<void> {
    const opened = this.#waiting.get(mailbox) ?? Promise.withResolvers<void>();
    this.#waiting.set(mailbox, opened);
    const late = Promise.withResolvers<void>();
    const cancel = this.#clock.after(forMs, late.resolve);
    try {
      await untilAborted(Promise.race([opened.promise, late.promise]), signal);
    } finally {
      cancel();
    }
  }
}
