import { AiosError, type CallClass } from '@aios/protocol';
import { type Clock, systemClock } from '../clock/index.ts';
import type { Claim } from './claim.ts';
import { explainQueue, type QueueExplanation } from './explain.ts';
import { AgentProfiles, type LearnedAgent, ProgramBook } from './learning/index.ts';
import type { QueueSettings, SchedulingSettings } from './settings.ts';
import type { Slot } from './slot.ts';
import { type QueueLoad, SlotQueue } from './slot-queue.ts';

/** Takes what is measured of a resource, and says what its queue asks of it. */
export type ResourceGauge = Pick<
  SlotQueue,
  'congested' | 'eased' | 'answered' | 'setSpace' | 'takeDemand' | 'memory'
>;

/** A call got a slot. */
export interface Start {
  readonly queue: string;
  readonly class: CallClass;
  readonly waitedMs: number;
}

/** What is kept of the work of agents over a restart, by resource. */
export interface LearnedWork extends LearnedAgent {
  readonly resource: string;
}

export interface SchedulerOptions {
  /** As they are now; read at each decision, so that a reload takes effect. */
  readonly settings: () => SchedulingSettings;
  /** The host’s when absent. */
  readonly clock?: Clock;
  /** What earlier runs of the kernel learned. */
  readonly learned?: readonly LearnedWork[];
  readonly onLearned?: (work: LearnedWork) => void;
}

/** The queues of all resources. Knows costs and capacities and not what an LLM is. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #clock: Clock;
  readonly #queues = new Map<string, SlotQueue>();
  readonly #books = new Map<string, ProgramBook>();
  readonly #retired = new Set<SlotQueue>();
  /** Queues that were taken away, as they were. */
  readonly #gone = new Map<string, QueueSettings>();
  readonly #known = new Map<string, QueueSettings>();
  readonly #listeners = new Set<(start: Start) => void>();
  readonly #freeListeners = new Set<(queue: string) => void>();

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Sets which queues there are, how many slots each has and its policy. A queue that was taken away serves those that wait
   * in it or run, and, with the capacity that it had, calls that were prepared before and come to it later.
   */
  configure(queues: Iterable<QueueSettings>): void {
    const wanted = new Map<string, QueueSettings>();
    for (const settings of queues) wanted.set(settings.queue, settings);
    for (const [name, queue] of this.#queues) {
      const before = this.#known.get(name);
      if (wanted.has(name) || before === undefined) continue;
      this.#gone.set(name, before);
      if (queue.isIdle) this.#queues.delete(name);
      else this.#retired.add(queue);
    }
    for (const settings of wanted.values()) this.#set(settings);
  }

  /** A slot of the queue; see SlotQueue.acquire. Throws `internal` for a queue that never was. */
  acquire(name: string, claim: Claim, signal?: AbortSignal): Slot | Promise<Slot> {
    const queue = this.#queues.get(name) ?? this.#recall(name);
    return queue.acquire(claim, signal);
  }

  /** The program makes no more calls: what it was is learned. */
  endProgram(name: string): void {
    for (const queue of this.#queues.values()) queue.endProgram(name);
    for (const book of this.#books.values()) book.end(name);
  }

  load(name: string): QueueLoad {
    return this.#queues.get(name)?.load ?? { name, capacity: 0, running: 0, queued: 0 };
  }

  loads(): QueueLoad[] {
    return [...this.#queues.values()].map((queue) => queue.load);
  }

  /** What a resource tells of itself, by the name of its queue; nothing where the queue is not there. */
  gauge(name: string): ResourceGauge | undefined {
    return this.#queues.get(name);
  }

  /** Who holds the slots and who waits, by queue; those of a name that is not there are none. Lists hold at most `limit`. */
  explain(name: string | undefined, limit: number): QueueExplanation[] {
    const now = this.#clock.now();
    return [...this.#queues.values()]
      .filter((queue) => name === undefined || queue.name === name)
      .map((queue) => explainQueue(queue, now, limit));
  }

  /** The listener is told of each call that gets a slot; it must not throw or wait. */
  onStart(listener: (start: Start) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** The listener is told of each slot that nobody waited for; it must not throw or wait. */
  onFree(listener: (queue: string) => void): Disposable {
    this.#freeListeners.add(listener);
    return { [Symbol.dispose]: () => this.#freeListeners.delete(listener) };
  }

  /** Brings a queue back that is gone, until it is idle again. */
  #recall(name: string): SlotQueue {
    const settings = this.#gone.get(name);
    if (settings === undefined) throw new AiosError('internal', `There is no queue "${name}".`);
    const queue = this.#open(settings);
    this.#retired.add(queue);
    return queue;
  }

  #set(settings: QueueSettings): void {
    const { queue: name, slots, policy, window } = settings;
    this.#gone.delete(name);
    this.#known.set(name, settings);
    const present = this.#queues.get(name);
    if (present === undefined) {
      this.#open(settings);
      return;
    }
    this.#retired.delete(present);
    present.switchTo(policy);
    present.resize(slots, window);
  }

  #open({ queue: name, slots, policy, resource, window }: QueueSettings): SlotQueue {
    const queue: SlotQueue = new SlotQueue({
      name,
      capacity: slots,
      policy,
      window,
      book: this.#bookOf(resource),
      clock: this.#clock,
      settings: this.#options.settings,
      onStart: (_queue, { claim }, waitedMs) => {
        for (const listener of this.#listeners) listener({ queue: name, class: claim.class, waitedMs });
      },
      onFree: () => {
        for (const listener of this.#freeListeners) listener(name);
      },
      onIdle: () => {
        if (this.#retired.delete(queue)) this.#queues.delete(name);
      },
    });
    this.#queues.set(name, queue);
    return queue;
  }

  #bookOf(resource: string): ProgramBook {
    const known = this.#books.get(resource);
    if (known !== undefined) return known;
    const { learned = [], onLearned } = this.#options;
    const profiles = new AgentProfiles(
      learned.filter((work) => work.resource === resource),
      (agent) => onLearned?.({ resource, ...agent }),
    );
    const book = new ProgramBook(profiles);
    this.#books.set(resource, book);
    return book;
  }
}
