import { AiosError } from '@aios/protocol';
import { type QueueLoad, type Slot, SlotQueue } from './slot-queue.ts';

export interface SchedulerOptions {
  /** Calls that may wait in one queue; read at each call, so that a reload takes effect. */
  maxQueued: () => number;
}

/** The queues of all resources. Knows capacities and not what an LLM is. */
export class Scheduler {
  readonly #queues = new Map<string, SlotQueue>();
  readonly #retired = new Set<SlotQueue>();
  readonly #maxQueued: () => number;

  constructor(options: SchedulerOptions) {
    this.#maxQueued = options.maxQueued;
  }

  /**
   * Sets which queues there are and how many slots each has. A queue that is gone takes no new calls; those that wait in it
   * or run are still served.
   */
  configure(capacities: Iterable<{ queue: string; slots: number }>): void {
    const wanted = new Map<string, number>();
    for (const { queue, slots } of capacities) wanted.set(queue, slots);
    for (const [name, queue] of this.#queues) {
      if (!wanted.has(name) && queue.isIdle) this.#queues.delete(name);
      else if (!wanted.has(name)) this.#retired.add(queue);
    }
    for (const [name, slots] of wanted) this.#setCapacity(name, slots);
  }

  /** A slot of the queue; see SlotQueue.acquire. */
  acquire(name: string, signal?: AbortSignal): Slot | Promise<Slot> {
    const queue = this.#queues.get(name);
    if (queue === undefined) {
      throw new AiosError('unavailable', `${name} is no longer there: the configuration changed. Try again.`);
    }
    return queue.acquire(signal);
  }

  load(name: string): QueueLoad {
    return this.#queues.get(name)?.load ?? { name, capacity: 0, running: 0, queued: 0 };
  }

  loads(): QueueLoad[] {
    return [...this.#queues.values()].map((queue) => queue.load);
  }

  #setCapacity(name: string, slots: number): void {
    const present = this.#queues.get(name);
    if (present !== undefined) {
      this.#retired.delete(present);
      present.resize(slots);
      return;
    }
    const queue: SlotQueue = new SlotQueue(name, slots, this.#maxQueued, () => {
      if (this.#retired.delete(queue)) this.#queues.delete(name);
    });
    this.#queues.set(name, queue);
  }
}
