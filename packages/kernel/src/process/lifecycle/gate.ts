import { callSignal, OpenCalls, untilAborted } from '../../syscall/index.ts';

/** What a suspended process’s calls wait at: outside of every queue, until the process is resumed. */
export class Gate {
  readonly #queued = new OpenCalls();
  #opened: PromiseWithResolvers<void> | undefined;
  #waiting = 0;
  #arrived = Promise.withResolvers<void>();

  get isClosed(): boolean {
    return this.#opened !== undefined;
  }

  close(): void {
    if (this.#opened !== undefined) return;
    this.#opened = Promise.withResolvers();
    this.#queued.cancelAll(leftQueue);
  }

  open(): void {
    this.#opened?.resolve();
    this.#opened = undefined;
  }

  /** Resolves when the gate is open; rejects when the signal fires before. */
  async pass(signal: AbortSignal): Promise<void> {
    if (this.#opened === undefined) return;
    this.#waiting += 1;
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
    try {
      while (this.#opened !== undefined) await untilAborted(this.#opened.promise, signal);
    } finally {
      this.#waiting -= 1;
    }
  }

  /** How many wait for it to open. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves when the next one comes to it and has to wait. */
  get arrived(): Promise<void> {
    return this.#arrived.promise;
  }

  /** Takes a place in a queue; whoever still waits in it when the gate closes leaves it and comes back later. */
  acquire<Place>(
    take: (signal: AbortSignal) => Place | Promise<Place>,
    signal: AbortSignal,
  ): Place | Promise<Place> {
    if (this.#opened !== undefined) return this.#acquireLater(take, signal);
    using either = new DisposableStack();
    const joined = either.use(callSignal({ signals: [signal], among: this.#queued }));
    const taken = take(joined.signal);
    return taken instanceof Promise ? this.#stayOrLeave(taken, either.move(), take, signal) : taken;
  }

  async #acquireLater<Place>(
    take: (signal: AbortSignal) => Place | Promise<Place>,
    signal: AbortSignal,
  ): Promise<Place> {
    await this.pass(signal);
    return await this.acquire(take, signal);
  }

  async #stayOrLeave<Place>(
    taken: Promise<Place>,
    either: Disposable,
    take: (signal: AbortSignal) => Place | Promise<Place>,
    signal: AbortSignal,
  ): Promise<Place> {
    using _listening = either;
    try {
      return await taken;
    } catch (error) {
      if (error !== leftQueue) throw error;
      return await this.#acquireLater(take, signal);
    }
  }
}

const leftQueue = new Error('The process was suspended, so its call left the queue.');
