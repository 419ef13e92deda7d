import type { Cost, Slot } from './ports.ts';

/** The slot that a call holds, one at a time; given back when the call is over. */
export class Place implements Disposable {
  readonly #acquire: (queue: string) => Slot | Promise<Slot>;
  /** What the call used in all, once that is known. */
  used: Cost | undefined;
  #slot: Slot | undefined;
  #queue: string | undefined;
  #onYield: (() => void) | undefined;
  #isOver = false;

  constructor(acquire: (queue: string) => Slot | Promise<Slot>) {
    this.#acquire = acquire;
  }

  /** The rank of the call among those that run, where their order matters; a promise of it where the call has to wait. */
  moveTo(queue: string): number | undefined | Promise<number | undefined> {
    this.#giveBack(undefined);
    this.#queue = queue;
    const granted = this.#acquire(queue);
    if (granted instanceof Promise) return granted.then((slot) => this.#take(slot));
    return this.#take(granted);
  }

  #take(slot: Slot): number | undefined {
    // A handler that went on after its call had ended gets nothing to hold.
    if (this.#isOver) slot.release();
    else {
      this.#slot = slot;
      if (this.#onYield !== undefined) slot.onYield(this.#onYield);
    }
    return slot.rank;
  }

  /** Gives the slot to others while a job runs that may take long, and waits for one again after it. */
  async meanwhile<Result>(job: () => Promise<Result>): Promise<Result> {
    const queue = this.#queue;
    if (queue === undefined || this.#slot === undefined) return await job();
    this.#giveBack(undefined);
    const result = await job();
    await this.moveTo(queue);
    return result;
  }

  get mayYield(): boolean {
    return this.#slot?.mayYield ?? false;
  }

  progress(used: Cost): void {
    this.#slot?.progress(used);
  }

  runToEnd(reason: string): void {
    this.#slot?.runToEnd(reason);
  }

  /** For the slot that it holds now and those that it moves to. */
  onYield(listener: () => void): void {
    this.#onYield = listener;
    this.#slot?.onYield(listener);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#giveBack(this.used);
  }

  #giveBack(used: Cost | undefined): void {
    this.#slot?.release(used);
    this.#slot = undefined;
  }
}
