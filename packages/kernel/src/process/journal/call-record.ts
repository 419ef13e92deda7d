import { AiosError, toAiosError } from '@aios/protocol';
import type { Transaction } from 'kysely';
import { nanoUsd } from '../../access/index.ts';
import type { Tables } from '../../database/index.ts';
import type {
  Boundary,
  CallOutcome,
  CallRecord,
  EffectTerms,
  JournalKey,
  JournalledCall,
  Recollection,
  Used,
  WriteAlso,
  WriteOutcome,
} from '../../syscall/index.ts';
import { type EffectLedger, type EffectRow, outcomeUnknown, stateAfter, toResult } from '../effects/index.ts';
import { type CallIdentity, identifyCall } from './call-identity.ts';
import type { Fault } from './fault.ts';
import type { Past, StoredResult } from './past.ts';
import type { RecordStore } from './record-store.ts';

const nothing: Used = { tokens: 0, usd: 0 };

/** Told of each call that is answered, in the transaction that says so. */
export type OnAnswer = (transaction: Transaction<Tables>, call: JournalKey) => Promise<void>;

export interface CallRecordOptions {
  readonly call: JournalledCall;
  readonly records: RecordStore;
  readonly effects: EffectLedger;
  /** What the process did before a crash, until it has come to all of it again. */
  readonly past: Past | undefined;
  /** Whether the process was ever taken back, so that what it does now may have been done before, by it and not by it. */
  readonly wasTakenBack: boolean;
  readonly fault: Fault | undefined;
  readonly onAnswer: OnAnswer | undefined;
  /** Writes under the fence of the process. */
  readonly fenced: <Output>(job: (transaction: Transaction<Tables>) => Promise<Output>) => Promise<Output>;
}

/** An effect of this call, once it is planned. */
interface Planned {
  readonly row: EffectRow;
  readonly terms: EffectTerms;
  /** Not on record before this kernel. */
  readonly isNew: boolean;
  readonly onDisk: Promise<void>;
  isDispatched: boolean;
}

/** What the journal and the ledger of effects hold and take about one call. */
export class ProcessCallRecord implements CallRecord {
  readonly #options: CallRecordOptions;
  #known: CallIdentity | undefined;
  #wasBegun = false;
  #planned: Planned | undefined;
  #isCommitted = false;
  #isSettled = false;

  constructor(options: CallRecordOptions) {
    this.#options = options;
  }

  get idempotencyKey(): string | undefined {
    return this.#planned?.row.idempotency_key;
  }

  recall(): Recollection {
    const { past, call } = this.#options;
    const recalled = past?.recall(call.place, () => this.#identity) ?? { kind: 'new' };
    this.#wasBegun = recalled.kind === 'dispatched';
    return recalled;
  }

  async plan(terms: EffectTerms): Promise<CallOutcome | undefined> {
    const { call, effects, fenced, wasTakenBack } = this.#options;
    const { target } = this.#identity;
    if (!this.#wasBegun) {
      const earlier = wasTakenBack ? await effects.store.latest(call.process.pid, call.place) : undefined;
      this.#begin(effects.attempt({ call, target, terms }, earlier && anew(earlier)), terms, true);
      return undefined;
    }
    const met = await effects.meet({ call, target, terms, fenced });
    if (met.kind === 'run') {
      this.#begin(met.effect, terms, met.isNew);
      return undefined;
    }
    await fenced((transaction) => this.#append(transaction, 'answer', storedResult(met.outcome), nothing));
    this.#finish();
    return met.outcome;
  }

  async dispatch(also?: WriteAlso): Promise<void> {
    const { effects, fenced, call } = this.#options;
    const planned = this.#planned;
    if (planned === undefined)
      throw new AiosError('internal', `${call.name} is dispatched and was not planned.`);
    // Neither waits for the other. Whichever is committed first puts the whole effect on record, for a kernel that is
    // killed between the two must leave one key of it and not half of it. On SQLite both are in one commit.
    await Promise.all([
      planned.onDisk,
      fenced(async (transaction) => {
        if (planned.isNew) await this.#putOnRecord(transaction, planned.row);
        await effects.store.dispatch(transaction, planned.row, call.process.fence);
        await also?.(transaction);
      }),
    ]);
    planned.isDispatched = true;
  }

  async commit<Output>(
    job: (transaction: Transaction<Tables>) => Promise<Output>,
    used: Used = nothing,
  ): Promise<Output> {
    const { fenced, call, onAnswer } = this.#options;
    const output = await fenced(async (transaction) => {
      if (this.#isSettled || this.#isCommitted) throw tooLate(call);
      const made = await job(transaction);
      if (!beginsRun(call)) await this.#append(transaction, 'answer', { output: made }, used);
      await onAnswer?.(transaction, call);
      this.reach('after-answer');
      return made;
    });
    this.#isCommitted = true;
    this.reach('after-receipt');
    return output;
  }

  async settle(outcome: CallOutcome, used: Used, also?: WriteOutcome): Promise<CallOutcome | undefined> {
    this.#isSettled = true;
    const told =
      this.#planned === undefined ? outcome : await this.#settleEffect(this.#planned, outcome, used, also);
    if (told === undefined) return undefined;
    if (this.#planned === undefined && (!this.#isCommitted || 'error' in outcome)) {
      await this.#answer(outcome, used, also);
    }
    this.#finish();
    return told;
  }

  async abandon(outcome: CallOutcome): Promise<void> {
    const planned = this.#planned;
    if (planned === undefined) return;
    try {
      const { fenced, effects } = this.#options;
      await planned.onDisk;
      const state = planned.isDispatched ? stateAfter(outcome) : 'failed';
      const result = toResult(outcome);
      await fenced((transaction) => effects.store.settle(transaction, planned.row, state, { result }));
    } catch (error) {
      // Whoever took the process over finds the effect as it was left.
      if (!AiosError.isInstance(error) || error.code !== 'stale_fence') throw error;
    }
  }

  reach(boundary: Boundary): void {
    this.#options.fault?.(boundary, this.#identity);
  }

  get #identity(): CallIdentity {
    const { name, input } = this.#options.call;
    this.#known ??= identifyCall(name, input);
    return this.#known;
  }

  #begin(row: EffectRow, terms: EffectTerms, isNew: boolean): void {
    const { fenced } = this.#options;
    const onDisk = isNew ? fenced((transaction) => this.#putOnRecord(transaction, row)) : Promise.resolve();
    // Whoever dispatches it hears of a failure.
    onDisk.catch(() => undefined);
    this.#planned = { row, terms, isNew, onDisk, isDispatched: false };
    this.#wasBegun = true;
  }

  /** The effect and what the journal says of it, once. */
  async #putOnRecord(transaction: Transaction<Tables>, row: EffectRow): Promise<void> {
    const isNew = await this.#options.effects.store.plan(transaction, row);
    if (isNew) await this.#append(transaction, 'intent', undefined, nothing);
  }

  /** Nothing where the effect did not happen after all and is to be planned anew. */
  async #settleEffect(
    planned: Planned,
    outcome: CallOutcome,
    used: Used,
    also: WriteOutcome | undefined,
  ): Promise<CallOutcome | undefined> {
    const { effects, fenced, call } = this.#options;
    const { row, terms } = planned;
    await planned.onDisk;
    const state = planned.isDispatched ? stateAfter(outcome) : 'failed';
    const close = (transaction: Transaction<Tables>) =>
      effects.store.settle(transaction, row, state, { result: toResult(outcome) });
    if (state !== 'unknown' || terms.idempotent) {
      await this.#answer(outcome, used, async (transaction) => {
        await close(transaction);
        await also?.(transaction, outcome);
      });
      effects.tell(row.id);
      return outcome;
    }
    await fenced(close);
    const met = terms.signal.aborted
      ? { kind: 'known' as const, outcome: { error: outcomeUnknown(row) } }
      : await effects.meet({ call, target: row.target, terms, fenced });
    if (met.kind === 'run') return undefined;
    await this.#answer(met.outcome, used, also);
    return met.outcome;
  }

  async #answer(outcome: CallOutcome, used: Used, also: WriteOutcome | undefined): Promise<void> {
    await this.#options.fenced(async (transaction) => {
      const isAnswered = this.#isCommitted && (beginsRun(this.#options.call) || !('error' in outcome));
      if (!isAnswered) {
        await this.#append(transaction, 'answer', storedResult(outcome), used);
      }
      await this.#options.onAnswer?.(transaction, this.#options.call);
      await also?.(transaction, outcome);
    });
  }

  async #append(
    transaction: Transaction<Tables>,
    kind: 'intent' | 'answer',
    result: StoredResult | undefined,
    used: Used,
  ): Promise<void> {
    const { call, records } = this.#options;
    const { name, target, inputHash, fields } = this.#identity;
    await records.append(transaction, {
      pid: call.process.pid,
      kind,
      ...call.place,
      name,
      target,
      input_hash: inputHash,
      fields: JSON.stringify(fields),
      result: result === undefined ? null : JSON.stringify(result),
      used_tokens: used.tokens,
      used_nano_usd: nanoUsd(used.usd),
      at: Date.now(),
    });
  }

  #finish(): void {
    const { past, call, fault } = this.#options;
    if (call.place.nested === '') past?.forget(call.place.sequence);
    if (fault !== undefined) setImmediate(() => this.reach('after-acknowledgement'));
  }
}

/** Its answer is the record that a run begins with, which its change writes; whatever comes after belongs to that run. */
function beginsRun({ name }: JournalledCall): boolean {
  return name === 'process.continue';
}

/** An effect of what was taken back: the next attempt is another effect, to be told apart from it. */
function anew({ attempt }: EffectRow): { attempt: number } {
  return { attempt };
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
