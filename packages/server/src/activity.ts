import { OpenCalls } from '@aios/kernel';
import { AiosError } from '@aios/protocol';

/** A connection that would never end by itself: a socket or a stream of events. */
export interface Line {
  /** Tells the other side why, ends the connection and waits until it has ended. */
  close(reason: string): Promise<void>;
}

/** A call that a face makes for a client, from its start until its answer was handed over. */
export interface OpenCall extends Disposable {
  readonly signal: AbortSignal;
  cancel(reason: AiosError): void;
}

/** What is under way, so that a shutdown can wait for calls and then end the lines. */
export class Activity {
  readonly #calls = new OpenCalls();
  readonly #lines = new Set<Line>();
  #closing = false;

  get isClosing(): boolean {
    return this.#closing;
  }

  /** Throws `unavailable` once the server is closing. */
  openCall(): OpenCall {
    if (this.#closing) throw closingError();
    return this.#calls.open();
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
    await this.#calls.settled(drainMs);
    this.#calls.cancelAll(cancelled(`The kernel is going away: ${reason}.`));
    await this.#calls.settled(graceMs);
    await Promise.all([...this.#lines].map((line) => line.close(reason)));
  }
}

/** Milliseconds for cancelled calls to hand over their errors. */
const graceMs = 500;

/** The end of a call that nobody waits for any more. */
export function cancelled(message: string): AiosError {
  return new AiosError('cancelled', message);
}

export function closingError(): AiosError {
  return new AiosError(
    'unavailable',
    'The kernel is shutting down and takes no new calls. Try again once it is back.',
    {
      details: { retryAfterMs: 1000 },
    },
  );
}
