// The journal of durable processes: what each call asked and was answered, so that a process that is started again after a
// crash gets the answers that it got before. Guarantees: a settled call is on disk before its caller hears of it; the change
// of a call and its answer are one transaction; nothing is changed for a process that was taken over.

import type { JsonValue, Pid } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import type { CallingProcess, CallRecord, Journal, JournalledCall } from '../../syscall/index.ts';
import type { EffectLedger } from '../effects/index.ts';
import { type OnAnswer, ProcessCallRecord } from './call-record.ts';
import type { Fault } from './fault.ts';
import { checkFence } from './fence.ts';
import { type History, historyOf, revertRecord } from './history.ts';
import type { Past } from './past.ts';
import { recollect } from './recollect.ts';
import { chainEnd, RecordStore } from './record-store.ts';
import { type RunUse, runRecord, usedSince } from './run-record.ts';
import { versionRecord } from './version-record.ts';

export interface ProcessJournalOptions {
  readonly database: Database;
  readonly effects: EffectLedger;
  /** For tests of crash recovery. */
  readonly fault?: Fault | undefined;
  readonly onAnswer?: OnAnswer | undefined;
  /** How many runs before the present one are kept of a process; all when absent. */
  readonly keepRuns?: (() => number) | undefined;
}

/** A process that begins anew. */
export interface NewRun {
  readonly call: JournalledCall;
  readonly input: JsonValue;
  readonly previousInput: JsonValue;
  /** Position of the record that the present run began with. */
  readonly position: number;
}

export class ProcessJournal implements Journal {
  readonly #database: Database;
  readonly #effects: EffectLedger;
  readonly #fault: Fault | undefined;
  readonly #onAnswer: OnAnswer | undefined;
  readonly #keepRuns: ProcessJournalOptions['keepRuns'];
  readonly #records: RecordStore;
  readonly #past = new Map<Pid, Past>();
  /** Processes that did once what they did no longer. */
  readonly #takenBack = new Set<Pid>();
  /** What processes follow at changes of their code. */
  readonly #versions = new Map<Pid, Map<string, number>>();

  constructor({ database, effects, fault, onAnswer, keepRuns }: ProcessJournalOptions) {
    this.#database = database;
    this.#effects = effects;
    this.#fault = fault;
    this.#onAnswer = onAnswer;
    this.#keepRuns = keepRuns;
    this.#records = new RecordStore(database);
  }

  /**
   * Reads what a process did in its present run, from the record at `position` on, and gives what else it had used. Throws
   * `failed_precondition` naming the record that is damaged, if one is.
   */
  async load(pid: Pid, position: number): Promise<RunUse> {
    const { records, cuts, usedElsewhere } = await this.history(pid, position);
    const { versions, past } = recollect(pid, records);
    if (versions.size > 0) this.#versions.set(pid, versions);
    if (!past.isOver) this.#past.set(pid, past);
    if (cuts.length > 0) this.#takenBack.add(pid);
    return usedElsewhere;
  }

  /** What a process did in the run that begins with the record at `position`. Throws as `load` does. */
  async history(pid: Pid, position: number): Promise<History> {
    return historyOf(await this.#records.read(pid, position));
  }

  /** The same within a transaction. */
  async historyIn(transaction: Transaction<Tables>, pid: Pid, position: number): Promise<History> {
    return historyOf(await this.#records.read(pid, position, transaction));
  }

  /** Takes the present run of a process back to an earlier record. Its code must not run meanwhile. */
  async takeBack(transaction: Transaction<Tables>, pid: Pid, to: number): Promise<void> {
    await this.#records.append(transaction, revertRecord(pid, to));
  }

  /** Gives another process, which has no journal yet, the records that count of a run. Nothing of it is its expense. */
  async copy(transaction: Transaction<Tables>, { records, before }: History, to: Pid): Promise<void> {
    await this.#records.copy(transaction, records, before, to);
  }

  /**
   * Begins a run with a record that follows the last one of the run before, and drops the runs that are not kept. Gives the
   * position of the record. The answer of the call is this record.
   */
  async beginRun(transaction: Transaction<Tables>, run: NewRun): Promise<number> {
    const { call, position } = run;
    const { pid } = call.process;
    const end = await chainEnd(transaction, pid);
    const used = await usedSince(transaction, pid, position);
    const begun = await this.#records.appendAfter(transaction, end, runRecord({ ...run, end, used }));
    if (this.#keepRuns !== undefined) await this.#records.dropRuns(transaction, pid, this.#keepRuns());
    return begun;
  }

  /**
   * Which version of its code a process follows at a change: `latest` where it comes there for the first time, 0 where its
   * journal says that it was past that place before; the same each time that its code runs. On disk when it resolves.
   */
  async version(process: CallingProcess, change: string, latest: number): Promise<number> {
    if (!process.durable) return latest;
    const known = this.#versions.get(process.pid) ?? new Map<string, number>();
    const decided = known.get(change);
    if (decided !== undefined) return decided;
    const past = this.#past.get(process.pid);
    const version = past === undefined || past.isOver ? latest : 0;
    await this.#fenced(process, (transaction) =>
      this.#records.append(transaction, versionRecord(process.pid, change, version)),
    );
    this.#versions.set(process.pid, known.set(change, version));
    this.#fault?.('after-receipt', { name: 'process.version', target: change });
    return version;
  }

  /** Throws `failed_precondition` when the agent came to its end without a call that it had made before. */
  checkEnd(pid: Pid): void {
    this.#past.get(pid)?.checkEnd();
  }

  forget(pid: Pid): void {
    this.#past.delete(pid);
    this.#versions.delete(pid);
    this.#takenBack.delete(pid);
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
      wasTakenBack: this.#takenBack.has(process.pid),
      fault: this.#fault,
      onAnswer: this.#onAnswer,
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
