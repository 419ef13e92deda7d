import { AiosError } from '@aios/protocol';
import { Queue } from './queue.ts';

/** A place that a call holds while it runs. */
export interface Slot {
  /** Gives the place to the next call in the same turn of the event loop. Further calls of it do nothing. */
  release(): void;
}

export interface QueueLoad {
  readonly name: string;
  readonly capacity: number;
  readonly running: number;
  readonly queued: number;
}

interface Waiter {
  grant(): void;
}

/** A number of slots and the calls that wait for one, first come first served. Work-conserving: no free slot while one waits. */
export class SlotQueue {
  readonly name: string;
  readonly #waiting = new Queue<Waiter>();
  readonly #maxQueued: () => number;
  readonly #onIdle: () => void;
  #capacity: number;
  #running = 0;

  constructor(name: string, capacity: number, maxQueued: () => number, onIdle: () => void) {
    this.name = name;
    this.#capacity = capacity;
    this.#maxQueued = maxQueued;
    this.#onIdle = onIdle;
  }

  get load(): QueueLoad {
    return {
      name: this.name,
      capacity: this.#capacity,
      running: this.#running,
      queued: this.#waiting.length,
    };
  }

  get isIdle(): boolean {
    return this.#running === 0 && this.#waiting.length === 0;
  }

  /** A smaller capacity lets running calls finish; a larger one starts waiting calls at once. */
  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#dispatch();
  }

  /** A slot at once when one is free, else a promise of one; rejects with the signal’s reason or `rate_limited`. */
  acquire(signal: AbortSignal | undefined): Slot | Promise<Slot> {
    signal?.throwIfAborted();
    if (this.#running < this.#capacity && this.#waiting.length === 0) return this.#take();
    if (this.#waiting.length >= this.#maxQueued()) throw this.#overload();
    return this.#wait(signal);
  }

  #wait(signal: AbortSignal | undefined): Promise<Slot> {
    return new Promise<Slot>((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.remove(entry);
        reject(signal?.reason);
      };
      const entry = this.#waiting.push({
        grant: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve(this.#take());
        },
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  #take(): Slot {
    this.#running += 1;
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        this.#running -= 1;
        this.#dispatch();
        if (this.isIdle) this.#onIdle();
      },
    };
  }

  #dispatch(): void {
    while (this.#running < this.#capacity) {
      const waiter = this.#waiting.shift();
      if (waiter === undefined) return;
      waiter.grant();
    }
  }

  #overload(): AiosError {
    return new AiosError(
      'rate_limited',
      `${this.#waiting.length} calls already wait for ${this.name}. Try again later, or raise scheduler.max_queued.`,
      { details: { queue: this.name, retryAfterMs: 1000 } },
    );
  }
}
