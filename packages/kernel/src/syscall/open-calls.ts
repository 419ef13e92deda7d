/** A call that is under way: from when it was opened until it is disposed of. */
export class OpenCall implements Disposable {
  readonly #calls: OpenCalls;
  readonly #controller = new AbortController();
  /** Where it stands among the open ones; nothing once it is over. The list writes it. */
  place: number | undefined;

  constructor(calls: OpenCalls, place: number) {
    this.#calls = calls;
    this.place = place;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Fires the signal with this reason; does nothing once the call is over. */
  cancel(reason: unknown): void {
    if (this.place !== undefined) this.#controller.abort(reason);
  }

  [Symbol.dispose](): void {
    this.#calls.close(this);
  }
}

/**
 * The calls that are under way, to be waited for and cancelled together. An array, in which an ended call leaves no trace:
 * listeners on one long-lived AbortSignal, and the tables that a Set outgrows, point from each to the next, so that once one of
 * them is old all that came after stays in memory until a full garbage collection.
 */
export class OpenCalls {
  readonly #calls: OpenCall[] = [];
  #idle: PromiseWithResolvers<void> | undefined;

  open(): OpenCall {
    const call = new OpenCall(this, this.#calls.length);
    this.#calls.push(call);
    return call;
  }

  /** Takes a call out; a second time does nothing. */
  close(call: OpenCall): void {
    const { place } = call;
    if (place === undefined) return;
    call.place = undefined;
    const last = this.#calls.pop();
    if (last !== undefined && last !== call) {
      last.place = place;
      this.#calls[place] = last;
    }
    if (this.#calls.length > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  cancelAll(reason: unknown): void {
    for (const call of [...this.#calls]) call.cancel(reason);
  }

  /** Waits until none is open, but no longer than so many milliseconds where they are given. */
  async settled(timeoutMs?: number): Promise<void> {
    if (this.#calls.length === 0) return;
    this.#idle ??= Promise.withResolvers();
    if (timeoutMs === undefined) return await this.#idle.promise;
    const { promise: timedOut, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
    await Promise.race([this.#idle.promise, timedOut]);
    clearTimeout(timer);
  }
}
