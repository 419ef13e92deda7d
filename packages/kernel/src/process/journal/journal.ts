// The journal of durable processes: what each call asked and was answered, so that a process that is started again after a
// crash gets the answers that it got before. Guarantees: a settled call is on disk before its caller hears of it; the change
// of a call and its answer are one transaction; nothing is changed for a process that was taken over.

import { AiosError, type Pid, toAiosError } from '@aios/protocol';
import type { Transaction } from 'kysely';
import { nanoUsd } from '../../access/index.ts';
import type { Database, Tables } from '../../database/index.ts';
import type {
  CallingProcess,
  CallOutcome,
  CallRecord,
  Journal,
  JournalKey,
  JournalledCall,
  Recollection,
  Used,
} from '../../syscall/index.ts';
import { type CallIdentity, identifyCall } from './call-identity.ts';
import type { Fault } from './fault.ts';
import { checkFence } from './fence.ts';
import { Past, type StoredResult } from './past.ts';
import { emptyChain, verifyChain } from './record.ts';
import { RecordStore } from './record-store.ts';

const nothing: Used = { tokens: 0, usd: 0 };

/** Told of each call that is answered, in the transaction that says so. */
export type OnAnswer = (transaction: Transaction<Tables>, call: JournalKey) => Promise<void>;

export class ProcessJournal implements Journal {
  readonly #database: Database;
  readonly #records: RecordStore;
  readonly #past = new Map<Pid, Past>();
  readonly #fault: Fault | undefined;
  readonly #onAnswer: OnAnswer | undefined;

  /** `fault` is for tests of crash recovery. */
  constructor(database: Database, fault?: Fault, onAnswer?: OnAnswer) {
    this.#database = database;
    this.#fault = fault;
    this.#onAnswer = onAnswer;
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
    const { process, place, name, input } = call;
    let known: CallIdentity | undefined;
    const identify = () => {
      known ??= identifyCall(name, input);
      return known;
    };
    let isCommitted = false;
    let isSettled = false;

    const append = (
      transaction: Transaction<Tables>,
      kind: 'intent' | 'answer',
      result: StoredResult | undefined,
      used: Used,
    ) => {
      const { inputHash, fields, target } = identify();
      return this.#records.append(transaction, {
        pid: process.pid,
        kind,
        ...place,
        name,
        target,
        input_hash: inputHash,
        fields: JSON.stringify(fields),
        result: result === undefined ? null : JSON.stringify(result),
        used_tokens: used.tokens,
        used_nano_usd: nanoUsd(used.usd),
        at: Date.now(),
      });
    };

    return {
      recall: () => this.#recall(call, identify),
      dispatch: () =>
        this.#fenced(process, (transaction) => append(transaction, 'intent', undefined, nothing)),
      commit: async (job, used = nothing) => {
        const output = await this.#fenced(process, async (transaction) => {
          if (isSettled || isCommitted) throw tooLate(call);
          const made = await job(transaction);
          await append(transaction, 'answer', { output: made }, used);
          this.#fault?.('after-answer', name);
          return made;
        });
        isCommitted = true;
        this.#fault?.('after-receipt', name);
        return output;
      },
      settle: async (outcome, used) => {
        isSettled = true;
        if (!isCommitted || 'error' in outcome) {
          const result = storedResult(outcome);
          await this.#fenced(process, async (transaction) => {
            await append(transaction, 'answer', result, used);
            await this.#onAnswer?.(transaction, call);
          });
        }
        if (place.nested === '') this.#past.get(process.pid)?.forget(place.sequence);
        const fault = this.#fault;
        if (fault !== undefined) setImmediate(() => fault('after-acknowledgement', name));
      },
      reach: (boundary) => this.#fault?.(boundary, name),
    };
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

  #recall({ process, place }: JournalledCall, identify: () => CallIdentity): Recollection {
    const past = this.#past.get(process.pid);
    if (past === undefined) return { kind: 'new' };
    const known = past.recall(place, identify);
    if (past.isOver) this.#past.delete(process.pid);
    return known;
  }
}

function storedResult(outcome: CallOutcome): StoredResult {
  return 'error' in outcome ? { error: toAiosError(outcome.error).toProblem() } : outcome;
}

function tooLate({ name }: JournalledCall): AiosError {
  return new AiosError(
    'cancelled',
    `${name} was answered already; a change that comes after that is not made.`,
  );
}
