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
  /** Queues that were taken away, by the capacity that they had. */
  readonly #gone = new Map<string, number>();
  readonly #maxQueued: () => number;

  constructor(options: SchedulerOptions) {
    this.#maxQueued = options.maxQueued;
  }

  /**
   * Sets which queues there are and how many slots each has. A queue that was taken away serves those that wait in it or run,
   * and, with the capacity that it had, calls that were prepared before and come to it later.
   */
  configure(capacities: Iterable<{ queue: string; slots: number }>): void {
    const wanted = new Map<string, number>();
    for (const { queue, slots } of capacities) wanted.set(queue, slots);
    for (const [name, queue] of this.#queues) {
      if (wanted.has(name)) continue;
      this.#gone.set(name, queue.load.capacity);
      if (queue.isIdle) this.#queues.delete(name);
      else this.#retired.add(queue);
    }
    for (const [name, slots] of wanted) this.#setCapacity(name, slots);
  }

  /** A slot of the queue; see SlotQueue.acquire. Throws `internal` for a queue that never was. */
  acquire(name: string, signal?: AbortSignal): Slot | Promise<Slot> {
    const queue = this.#queues.get(name) ?? this.#recall(name);
    return queue.acquire(signal);
  }

  load(name: string): QueueLoad {
    return this.#queues.get(name)?.load ?? { name, capacity: 0, running: 0, queued: 0 };
  }

  loads(): QueueLoad[] {
    return [...this.#queues.values()].map((queue) => queue.load);
  }

  /** Brings a queue back that is gone, until it is idle again. */
  #recall(name: string): SlotQueue {
    const slots = this.#gone.get(name);
    if (slots === undefined) throw new AiosError('internal', `There is no queue "${name}".`);
    const queue = this.#open(name, slots);
    this.#retired.add(queue);
    return queue;
  }

  #setCapacity(name: string, slots: number): void {
    this.#gone.delete(name);
    const present = this.#queues.get(name);
    if (present !== undefined) {
      this.#retired.delete(present);
      present.resize(slots);
      return;
    }
    this.#open(name, slots);
  }

  #open(name: string, slots: number): SlotQueue {
    const queue: SlotQueue = new SlotQueue(name, slots, this.#maxQueued, () => {
      if (this.#retired.delete(queue)) this.#queues.delete(name);
    });
    this.#queues.set(name, queue);
    return queue;
  }
}
