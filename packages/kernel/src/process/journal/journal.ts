// The journal of durable processes: what each call asked and was answered, so that a process that is started again after a
// crash gets the answers that it got before. Guarantees: a settled call is on disk before its caller hears of it; the change
// of a call and its answer are one transaction; nothing is changed for a process that was taken over.

import type { Pid } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import type { CallingProcess, CallRecord, Journal, JournalledCall } from '../../syscall/index.ts';
import type { EffectLedger } from '../effects/index.ts';
import { ProcessCallRecord } from './call-record.ts';
import type { Fault } from './fault.ts';
import { checkFence } from './fence.ts';
import { Past } from './past.ts';
import { emptyChain, verifyChain } from './record.ts';
import { RecordStore } from './record-store.ts';

export interface ProcessJournalOptions {
  readonly database: Database;
  readonly effects: EffectLedger;
  /** For tests of crash recovery. */
  readonly fault?: Fault | undefined;
}

export class ProcessJournal implements Journal {
  readonly #database: Database;
  readonly #effects: EffectLedger;
  readonly #fault: Fault | undefined;
  readonly #records: RecordStore;
  readonly #past = new Map<Pid, Past>();

  constructor({ database, effects, fault }: ProcessJournalOptions) {
    this.#database = database;
    this.#effects = effects;
    this.#fault = fault;
    this.#records = new RecordStore(database);
  }

  /** Reads what a process did before a crash. Throws `failed_precondition` naming the record that is damaged, if one is. */
  async load(pid: Pid): Promise<void> {
    const records = await this.#records.read(pid);
    verifyChain(records, emptyChain);
    if (records.length > 0) this.#past.set(pid, new Past(pid, records));
  }

  /** Throws `failed_precondition` when the agent came to its end without a call that it had made before. */
  checkEnd(pid: Pid): void {
    this.#past.get(pid)?.checkEnd();
  }

  forget(pid: Pid): void {
    this.#past.delete(pid);
  }

  /** Whether it will answer this call from what the process did before. */
  isPast(pid: Pid, sequence: number): boolean {
    return this.#past.get(pid)?.answers(sequence) ?? false;
  }

  open(call: JournalledCall): CallRecord {
    const { process } = call;
    const past = this.#past.get(process.pid);
    if (past?.isOver) this.#past.delete(process.pid);
    return new ProcessCallRecord({
      call,
      records: this.#records,
      effects: this.#effects,
      past,
      fault: this.#fault,
      fenced: (job) => this.#fenced(process, job),
    });
  }

  commit<Output>(
    process: CallingProcess | undefined,
    job: (transaction: Transaction<Tables>) => Promise<Output>,
  ): Promise<Output> {
    return process === undefined ? this.#database.write(job) : this.#fenced(process, job);
  }

  ensureCurrent(process: CallingProcess): Promise<void> {
    return checkFence(this.#database, this.#database.reader, process);
  }

  #fenced<Output>(
    process: CallingProcess,
    job: (transaction: Transaction<Tables>) => Promise<Output>,
  ): Promise<Output> {
    return this.#database.write(async (transaction) => {
      await checkFence(this.#database, transaction, process);
      return await job(transaction);
    });
  }
}
