// What processes wait for. There is one way to wait: a set of conditions, of which any or all must come. Guarantees: what a
// condition looks at is on disk, and it is looked at again whenever it may have changed, so nothing that comes is missed; the
// times of a durable process’s wait set are fixed on disk before it waits.

import { AiosError, type Pid, type WaitResult } from '@aios/protocol';
import type { Clock } from '../../clock/index.ts';
import type { HeapNode } from '../../heap/index.ts';
import {
  type Caller,
  type Commit,
  type PlaceInProcess,
  type SyscallContext,
  untilAborted,
} from '../../syscall/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import type { Due, Timers } from './timers.ts';
import { Topics } from './topics.ts';
import {
  type Found,
  fixed,
  lookAt,
  type OpenWaitSet,
  type Waiter,
  type WaitSet,
  type WaitSources,
  type Watched,
  watch,
} from './wait-set.ts';
import type { WaitStore } from './wait-store.ts';

export interface WaitSetsOptions {
  readonly store: WaitStore;
  readonly sources: WaitSources;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** How long all that a durable process does must be waiting until its code is dropped. */
  readonly dropAfterMs: () => number;
  /** A process has waited so long. */
  readonly onIdle: (pid: Pid) => void;
  /** What a process waits for whose code was dropped may have come. */
  readonly onCome: (pid: Pid) => void;
}

export interface WaitRequest {
  readonly mode: WaitSet['mode'];
  readonly conditions: WaitSet['conditions'];
  readonly timeoutMs?: number | undefined;
}

/** Waits, then takes what has come in the transaction that answers the call. */
export type WaitFor = <Output>(
  call: WaitingCall & Pick<SyscallContext, 'ensureCurrent'>,
  request: WaitRequest,
  commit: Commit<Output>,
  outputOf: (results: readonly WaitResult[], found: readonly Found[]) => Output,
) => Promise<Output>;

/** The caller of a wait, and which of its calls it is. */
export interface WaitingCall {
  readonly caller: Caller;
  readonly place?: PlaceInProcess | undefined;
  readonly signal: AbortSignal;
}

interface Alarm {
  readonly topics: readonly string[];
  readonly nodes: readonly HeapNode<Due>[];
  readonly ring: () => void;
}

/** A process that waits without its code. */
type Resting = Waiter & { readonly pid: Pid };

const noTopics: readonly string[] = [];

export class WaitSets {
  readonly #options: WaitSetsOptions;
  readonly #timers: Timers;
  readonly #topics = new Topics<() => void>();
  /** Open wait sets of processes whose code is there, for which nothing is being done at the moment. */
  readonly #open = new Map<Pid, Set<OpenWaitSet>>();
  /** Of processes whose code was dropped. */
  readonly #resting = new Map<Pid, Alarm>();

  constructor(options: WaitSetsOptions) {
    this.#options = options;
    this.#timers = options.timers;
  }

  /** Something under this topic has changed. */
  notify(topic: string): void {
    for (const ring of this.#topics.of(topic)) ring();
  }

  /** Calls back each time that something under this topic has changed. */
  listen(topic: string, onChange: () => void): Disposable {
    this.#topics.add(topic, onChange);
    return { [Symbol.dispose]: () => this.#topics.remove(topic, onChange) };
  }

  /** The wait sets that a process has open at the moment. */
  openOf(pid: Pid): readonly OpenWaitSet[] {
    return [...(this.#open.get(pid) ?? [])];
  }

  /**
   * Waits until the set has come and `finish` has done with it; where it gives nothing, somebody was faster and the wait goes
   * on. Throws `deadline_exceeded` after the time given.
   */
  async wait<Output>(
    call: WaitingCall,
    request: WaitRequest,
    finish: (found: readonly Found[], call: number) => Promise<Output | undefined>,
  ): Promise<Output> {
    const { caller, place, signal } = call;
    const waiter = waiterOf(caller);
    const ordinal = place?.sequence ?? 0;
    const pid = caller.process?.durable && place?.nested === '' ? caller.process.pid : undefined;
    const set = await this.#setOf(call, request, pid);
    const watched = set.conditions.map((condition) => watch(this.#options.sources, condition, waiter));
    let isStored = set.isStored;
    for (;;) {
      using alarm = this.#alarm(set, watched);
      const found = await lookAt(set, watched);
      const output = found && (await finish(found, ordinal));
      if (output !== undefined) {
        if (pid !== undefined && isStored) this.#forget(pid, ordinal);
        return output;
      }
      if (set.deadlineAt !== undefined && set.deadlineAt <= this.#options.clock.now()) throw tooLate(request);
      if (pid !== undefined && !isStored && isTimed(set)) {
        await this.#options.store.put(pid, [{ ...set, call: ordinal }]);
        isStored = true;
      }
      using _idle = pid === undefined ? undefined : this.#idle(pid, { ...set, call: ordinal });
      await untilAborted(alarm.rung, signal);
    }
  }

  /** From now on says when what the process waits for may have come. Its code is gone. */
  rest(waiter: Resting, sets: readonly OpenWaitSet[]): void {
    const ring = () => void this.#look(waiter);
    const watched = sets.flatMap(({ conditions }) =>
      conditions.map((condition) => watch(this.#options.sources, condition, waiter)),
    );
    const deadlines = sets.flatMap(({ deadlineAt }) => deadlineAt ?? []);
    this.#resting.set(waiter.pid, this.#set(watched, deadlines, ring));
    ring();
  }

  /** The process is woken, or has ended. */
  leave(pid: Pid): void {
    const alarm = this.#resting.get(pid);
    this.#resting.delete(pid);
    if (alarm !== undefined) this.#clear(alarm);
  }

  async #setOf(
    { caller, place }: WaitingCall,
    { mode, conditions, timeoutMs }: WaitRequest,
    pid: Pid | undefined,
  ): Promise<WaitSet & { isStored: boolean }> {
    // Only a process that was resumed can have a wait set from before.
    if (pid !== undefined && (caller.process?.fence ?? 1) > 1) {
      const earlier = (await this.#options.store.of(pid)).find(({ call }) => call === place?.sequence);
      if (earlier !== undefined) return { ...earlier, isStored: true };
    }
    const now = this.#options.clock.now();
    return {
      mode,
      conditions: conditions.map((condition) => fixed(condition, now)),
      deadlineAt: timeoutMs === undefined ? undefined : now + timeoutMs,
      isStored: false,
    };
  }

  /** Nothing is being done for the set until it is disposed of, so its process may be dropped. */
  #idle(pid: Pid, set: OpenWaitSet): Disposable {
    const { clock, dropAfterMs, onIdle } = this.#options;
    const sets = this.#open.get(pid) ?? new Set();
    this.#open.set(pid, sets.add(set));
    const cancel = clock.after(dropAfterMs(), () => onIdle(pid));
    return {
      [Symbol.dispose]: () => {
        cancel();
        sets.delete(set);
        if (sets.size === 0) this.#open.delete(pid);
      },
    };
  }

  #alarm({ deadlineAt }: WaitSet, watched: readonly Watched[]): Disposable & { rung: Promise<void> } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const alarm = this.#set(watched, deadlineAt === undefined ? [] : [deadlineAt], resolve);
    return { rung: promise, [Symbol.dispose]: () => this.#clear(alarm) };
  }

  #set(watched: readonly Watched[], deadlines: readonly number[], ring: () => void): Alarm {
    const named = watched.flatMap((each) => each.topics);
    // One array for the many that only wait for their time.
    const topics = named.length === 0 ? noTopics : named;
    for (const topic of topics) this.#topics.add(topic, ring);
    const times = [...watched.flatMap(({ at }) => at ?? []), ...deadlines];
    return { topics, ring, nodes: times.map((at) => this.#timers.add(at, ring)) };
  }

  #clear({ topics, nodes, ring }: Alarm): void {
    for (const topic of topics) this.#topics.remove(topic, ring);
    for (const node of nodes) this.#timers.remove(node);
  }

  async #look(waiter: Resting): Promise<void> {
    const { store, sources, clock, logger, onCome } = this.#options;
    const { pid } = waiter;
    try {
      const sets = await store.of(pid);
      if (sets.length === 0 && this.#resting.has(pid)) onCome(pid);
      for (const set of sets) {
        const isOver = set.deadlineAt !== undefined && set.deadlineAt <= clock.now();
        const watched = set.conditions.map((condition) => watch(sources, condition, waiter));
        if (!isOver && (await lookAt(set, watched)) === undefined) continue;
        if (this.#resting.has(pid)) onCome(pid);
        return;
      }
    } catch (error) {
      logger.error({ error, pid }, 'what a process waits for could not be looked at');
    }
  }

  #forget(pid: Pid, call: number): void {
    this.#options.store.remove(pid, call).catch((error: unknown) => {
      this.#options.logger.error({ error, pid }, 'a wait set that is over could not be removed');
    });
  }
}

function waiterOf({ process, tenant, user }: Caller): Waiter {
  return { pid: process?.pid, agent: process?.agent, tenant, user };
}

function isTimed({ conditions, deadlineAt }: WaitSet): boolean {
  return deadlineAt !== undefined || conditions.some(({ kind }) => kind === 'timer');
}

function tooLate({ timeoutMs }: WaitRequest): AiosError {
  return new AiosError(
    'deadline_exceeded',
    `What was waited for had not come within ${timeoutMs} ms. Allow more time, or go on without it.`,
  );
}
