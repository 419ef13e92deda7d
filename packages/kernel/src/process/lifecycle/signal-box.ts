import type { Pid, ProcessSignal } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Tables } from '../../database/index.ts';
import { SignalFeed } from './signal-feed.ts';
import type { SignalStore, StoredSignal } from './signal-store.ts';

/** For durable processes. */
export interface SignalRecord {
  readonly store: SignalStore;
  /** Whether the journal will answer this call, so that what is new comes too early before it. */
  isPast(pid: Pid, call: number): boolean;
}

/**
 * The signals of one process on their way to its agent. An agent that is not durable hears of one at once. A durable one
 * hears of it before its next call, which is on record, so that it hears of it before the same call when it runs again.
 */
export class SignalBox {
  readonly feed = new SignalFeed();
  readonly #pid: Pid;
  readonly #record: SignalRecord | undefined;
  #unheard: StoredSignal[] = [];
  /** By the call before which the agent heard of them in an earlier run. */
  #heard = new Map<number, StoredSignal[]>();

  /** Without a record the signals do not outlive the kernel. */
  constructor(pid: Pid, record: SignalRecord | undefined) {
    this.#pid = pid;
    this.#record = record;
  }

  /** Takes in what is on record of an earlier run; says whether the process was already told to end. */
  load(stored: readonly StoredSignal[]): ProcessSignal | undefined {
    const signals = stored.filter(({ signal }) => signal.signal !== 'terminate');
    this.#unheard = signals.filter(({ heardAt }) => heardAt === undefined);
    const heard = signals.filter(({ heardAt = 0 }) => heardAt > 0);
    this.#heard = Map.groupBy(heard, ({ heardAt }) => heardAt ?? 0);
    return stored.find(({ signal }) => signal.signal === 'terminate')?.signal;
  }

  /** Puts a signal on record, where there is one; for `take` once that is on disk. */
  async record(transaction: Transaction<Tables>, signal: ProcessSignal): Promise<StoredSignal | undefined> {
    return await this.#record?.store.add(transaction, this.#pid, signal);
  }

  /** An agent hears at once that it is to end, durable or not: what it does from there on is its last. */
  take(signal: ProcessSignal, stored: StoredSignal | undefined): void {
    if (stored === undefined || signal.signal === 'terminate') this.feed.deliver(signal);
    else this.#unheard.push(stored);
  }

  /** The oldest signal of a kind that the agent has not heard of. */
  next(kind: ProcessSignal['signal']): ProcessSignal | undefined {
    if (this.#record === undefined) return this.feed.next(kind);
    return this.#unheard.find(({ signal }) => signal.signal === kind)?.signal;
  }

  /** Gives it to a wait set instead; false where there is none any more. */
  async takeNext(transaction: Transaction<Tables>, kind: ProcessSignal['signal']): Promise<boolean> {
    if (this.#record === undefined) {
      const signal = this.feed.next(kind);
      return signal !== undefined && this.feed.take(signal);
    }
    const index = this.#unheard.findIndex(({ signal }) => signal.signal === kind);
    const [taken] = index < 0 ? [] : this.#unheard.splice(index, 1);
    if (taken === undefined) return false;
    await this.#record.store.markHeardIn(transaction, [taken.id], 0);
    return true;
  }

  /** Nothing where there is nothing to hear of before this call; else a promise for after the agent heard of it. */
  hearBefore(call: number): Promise<void> | undefined {
    if (this.#unheard.length === 0 && this.#heard.size === 0) return undefined;
    const again = this.#heard.get(call);
    this.#heard.delete(call);
    for (const { signal } of again ?? []) this.feed.deliver(signal);
    if (this.#unheard.length === 0 || !this.feed.hasListeners) return undefined;
    if (this.#record?.isPast(this.#pid, call)) return undefined;
    return this.#hear(call);
  }

  async #hear(call: number): Promise<void> {
    const signals = this.#unheard;
    this.#unheard = [];
    await this.#record?.store.markHeard(
      signals.map(({ id }) => id),
      call,
    );
    for (const { signal } of signals) this.feed.deliver(signal);
  }
}
