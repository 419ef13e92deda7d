import { AiosError } from '@aios/protocol';

/** A connection that would never end by itself: a socket or a stream of events. */
export interface Line {
  /** Tells the other side why, ends the connection and waits until it has ended. */
  close(reason: string): Promise<void>;
}

/** A call that a face makes for a client, from its start until its answer was handed over. */
export interface OpenCall extends Disposable {
  readonly signal: AbortSignal;
  cancel(message: string): void;
}

/** What is under way, so that a shutdown can wait for calls and then end the lines. */
export class Activity {
  readonly #calls = new Set<OpenCall>();
  readonly #lines = new Set<Line>();
  #closing = false;
  #idle: PromiseWithResolvers<void> | undefined;

  get isClosing(): boolean {
    return this.#closing;
  }

  /** Throws `unavailable` once the server is closing. */
  openCall(): OpenCall {
    if (this.#closing) throw closingError();
    const controller = new AbortController();
    const call: OpenCall = {
      signal: controller.signal,
      cancel: (message) => controller.abort(new AiosError('cancelled', message)),
      [Symbol.dispose]: () => {
        this.#calls.delete(call);
        if (this.#calls.size === 0) this.#idle?.resolve();
      },
    };
    this.#calls.add(call);
    return call;
  }

  /** Registers a line until the result is disposed of. Throws `unavailable` once the server is closing. */
  openLine(line: Line): Disposable {
    if (this.#closing) throw closingError();
    this.#lines.add(line);
    return { [Symbol.dispose]: () => this.#lines.delete(line) };
  }

  /** Refuses what is new, gives running calls `drainMs` to finish, cancels the rest and closes the lines. */
  async close(drainMs: number, reason: string): Promise<void> {
    this.#closing = true;
    await this.#settled(drainMs);
    for (const call of this.#calls) call.cancel(`The kernel is going away: ${reason}.`);
    await this.#settled(graceMs);
    await Promise.all([...this.#lines].map((line) => line.close(reason)));
  }

  async #settled(timeoutMs: number): Promise<void> {
    if (this.#calls.size === 0) return;
    this.#idle = Promise.withResolvers();
    const timer = setTimeout(this.#idle.resolve, timeoutMs);
    await this.#idle.promise;
    clearTimeout(timer);
  }
}

/** Milliseconds for cancelled calls to hand over their errors. */
const graceMs = 500;

export function closingError(): AiosError {
  return new AiosError(
    'unavailable',
    'The kernel is shutting down and takes no new calls. Try again once it is back.',
    {
      details: { retryAfterMs: 1000 },
    },
  );
}
