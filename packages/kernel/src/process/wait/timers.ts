import type { Clock } from '../../clock/index.ts';
import { Heap, type HeapNode, heapNode } from '../../heap/index.ts';

/** What is to happen at a time of day. */
export type Due = () => void;

/** A clock that is set is noticed within this time. */
const maxSleepMs = 1000;

/** Any number of times of day, with one timer of the host for all of them. Follows the clock when it is set. */
export class Timers implements Disposable {
  readonly #clock: Clock;
  readonly #heap = new Heap<Due>();
  #added = 0;
  #cancel: (() => void) | undefined;
  #sleepsUntil = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#heap.size;
  }

  /** `at`: milliseconds of Unix time. */
  add(at: number, due: Due): HeapNode<Due> {
    const node = heapNode(due);
    this.#added += 1;
    this.#heap.put(node, at, this.#added);
    this.#sleep();
    return node;
  }

  remove(node: HeapNode<Due>): void {
    this.#heap.remove(node);
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #sleep(): void {
    const first = this.#heap.first;
    if (first === undefined) return;
    const now = this.#clock.now();
    const until = Math.min(Math.max(first.key, now), now + maxSleepMs);
    if (this.#cancel !== undefined && until >= this.#sleepsUntil) return;
    this.#cancel?.();
    this.#sleepsUntil = until;
    this.#cancel = this.#clock.after(Math.ceil(until - now), () => this.#wake());
  }

  #wake(): void {
    this.#cancel = undefined;
    this.#sleepsUntil = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    for (let first = this.#heap.first; first !== undefined && first.key <= now; first = this.#heap.first) {
      this.#heap.remove(first);
      first.item();
    }
    this.#sleep();
  }
}
