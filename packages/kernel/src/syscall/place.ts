import type { Slot } from './ports.ts';

/** The slot that a call holds, one at a time; given back when the call is over. */
export class Place implements Disposable {
  readonly #acquire: (queue: string) => Slot | Promise<Slot>;
  #slot: Slot | undefined;
  #isOver = false;

  constructor(acquire: (queue: string) => Slot | Promise<Slot>) {
    this.#acquire = acquire;
  }

  async moveTo(queue: string): Promise<void> {
    this.#giveBack();
    const granted = this.#acquire(queue);
    const slot = granted instanceof Promise ? await granted : granted;
    // A handler that went on after its call had ended gets nothing to hold.
    if (this.#isOver) slot.release();
    else this.#slot = slot;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#giveBack();
  }

  #giveBack(): void {
    this.#slot?.release();
    this.#slot = undefined;
  }
}
