// The ledger of what durable processes do to the outside world. Guarantees: an effect is on disk as planned before it is
// dispatched, and as dispatched before the outside world can hear of it; one that was under way when the kernel went is
// `unknown`, and is made again only if its tool says that a repeat does no more, or somebody found out that it never happened.

import { randomUUID } from 'node:crypto';
import {
  AiosError,
  type EffectState,
  effectState,
  type JsonValue,
  jsonValue,
  type Pid,
} from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import {
  type CallOutcome,
  type EffectTerms,
  type JournalledCall,
  type ProbeAnswer,
  untilAborted,
} from '../../syscall/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import type { WaitSource } from '../wait/index.ts';
import {
  describeEffect,
  type EffectRow,
  nameOf,
  type Resolution,
  resolutionOf,
  resultOf,
} from './effect-row.ts';
import { EffectStore } from './effect-store.ts';
import { toOutcome } from './outcome.ts';

/** What is to be done about an effect that was begun before: run it, perhaps as a new attempt, or give its outcome. */
export type Met =
  | { readonly kind: 'run'; readonly effect: EffectRow; readonly isNew: boolean }
  | { readonly kind: 'known'; readonly outcome: CallOutcome };

type Fenced = (job: (transaction: Transaction<Tables>) => Promise<void>) => Promise<void>;

interface Meeting {
  readonly call: JournalledCall;
  readonly target: string | null;
  readonly terms: EffectTerms;
  /** Writes under the fence of the process. */
  readonly fenced: Fenced;
}

export interface EffectLedgerOptions {
  readonly database: Database;
  readonly logger: Logger;
  /** Shows a process as waiting until the result is disposed. */
  readonly hold: (pid: Pid, cause: string) => Disposable | undefined;
  /** Something under a topic of wait sets has changed. */
  readonly notify: (topic: string) => void;
}

/** States of effects of which nobody knows how they end. */
const open: ReadonlySet<string> = new Set(['planned', 'dispatched', 'unknown'] satisfies EffectState[]);

const topicOf = (id: string): string => `effect ${id}`;

export class EffectLedger {
  readonly store: EffectStore;
  readonly #logger: Logger;
  readonly #hold: EffectLedgerOptions['hold'];
  readonly #notify: EffectLedgerOptions['notify'];
  /** Processes that wait for somebody to say what became of an effect, by its id. */
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();

  constructor({ database, logger, hold, notify }: EffectLedgerOptions) {
    this.#notify = notify;
    this.store = new EffectStore(database);
    this.#logger = logger;
    this.#hold = hold;
  }

  /** A row for a call that is to be made for the first time, or once more: as a repeat where the key of the first is given. */
  attempt(
    { call, target, terms }: Omit<Meeting, 'fenced'>,
    before?: Pick<EffectRow, 'attempt'> & Partial<Pick<EffectRow, 'idempotency_key'>>,
  ): EffectRow {
    const { process, place, name, input, tenant } = call;
    const attempt = (before?.attempt ?? 0) + 1;
    const at = place.nested === '' ? `${place.sequence}` : `${place.sequence}.${place.nested}`;
    return {
      id: attempt === 1 ? `${process.pid}:${at}` : `${process.pid}:${at}#${attempt}`,
      pid: process.pid,
      tenant,
      agent: process.agent,
      ...place,
      attempt,
      name,
      target,
      input: JSON.stringify(terms.input ?? input),
      idempotent: Number(terms.idempotent),
      idempotency_key: before?.idempotency_key ?? randomUUID(),
      state: 'planned',
      fence: process.fence,
      planned_at: Date.now(),
      dispatched_at: null,
      settled_at: null,
      result: null,
      resolution: null,
    };
  }

  /** Finds out what to do about a call that was begun before, if need be by asking the tool, or by waiting for a person. */
  async meet(meeting: Meeting): Promise<Met> {
    const { call, terms } = meeting;
    const effect = await this.store.latest(call.process.pid, call.place);
    if (effect === undefined) return { kind: 'run', effect: this.attempt(meeting), isNew: true };
    switch (effectState.parse(effect.state)) {
      case 'planned':
        return { kind: 'run', effect, isNew: false };
      case 'committed':
      case 'failed':
        return { kind: 'known', outcome: toOutcome(resultOf(effect) ?? { output: null }) };
      case 'reconciled':
        return this.#reconciled(meeting, effect);
      case 'compensated':
        return { kind: 'known', outcome: { error: undone(effect) } };
      case 'dispatched':
      case 'unknown':
        if (terms.idempotent) return { kind: 'run', effect, isNew: false };
        return await this.#meetUnknown(meeting, effect);
    }
  }

  async resolve(
    transaction: Transaction<Tables>,
    effect: EffectRow,
    resolution: Resolution,
    output: JsonValue,
  ): Promise<void> {
    const result = resolution.outcome === 'committed' && { result: { output } };
    await this.store.settle(transaction, effect, 'reconciled', { ...result, resolution });
  }

  /** Wakes the process that waits for an effect, if one does. */
  wake(id: string): void {
    this.#waiting.get(id)?.resolve();
    this.tell(id);
  }

  /** Something is known of an effect now. */
  tell(id: string): void {
    this.#notify(topicOf(id));
  }

  /** For wait sets: what became of an effect, once somebody knows. */
  readonly source: WaitSource<'effect'> = ({ id }, { tenant }) => ({
    topics: [topicOf(id)],
    look: async () => {
      const effect = await this.store.find(tenant, id);
      const isKnown = effect !== undefined && !open.has(effect.state);
      return isKnown ? jsonValue.parse(JSON.parse(JSON.stringify(describeEffect(effect)))) : undefined;
    },
  });

  async #meetUnknown(meeting: Meeting, effect: EffectRow): Promise<Met> {
    const { call, terms, fenced } = meeting;
    const answer = await this.#probe(terms, effect);
    if (answer.outcome !== 'unknown') {
      const { outcome } = answer;
      const resolution = { outcome, by: 'probe', reason: 'the tool looked', at: Date.now() };
      await fenced((transaction) =>
        this.resolve(transaction, effect, resolution, outcome === 'committed' ? answer.output : null),
      );
      return await this.meet(meeting);
    }
    if (call.process.unknownEffects === 'error') {
      return { kind: 'known', outcome: { error: outcomeUnknown(effect) } };
    }
    await this.#waitForPerson(call.process.pid, effect, terms.signal);
    return await this.meet(meeting);
  }

  async #probe(terms: EffectTerms, effect: EffectRow): Promise<ProbeAnswer> {
    if (terms.probe === undefined) return { outcome: 'unknown' };
    try {
      return await terms.probe(effect.idempotency_key);
    } catch (error) {
      this.#logger.warn({ error, effect: effect.id }, 'a tool could not find out what became of its effect');
      return { outcome: 'unknown' };
    }
  }

  async #waitForPerson(pid: Pid, effect: EffectRow, signal: AbortSignal): Promise<void> {
    const resolved = this.#waiting.get(effect.id) ?? Promise.withResolvers<void>();
    this.#waiting.set(effect.id, resolved);
    using _waiting = this.#hold(
      pid,
      `the outcome of ${nameOf(effect)} is unknown: see "aios effects", then "aios effects resolve ${effect.id}"`,
    );
    try {
      // Somebody may have said so in the meantime.
      const now = await this.store.find(effect.tenant, effect.id);
      if (now?.state === effect.state) await untilAborted(resolved.promise, signal);
    } finally {
      this.#waiting.delete(effect.id);
    }
  }

  #reconciled(meeting: Meeting, effect: EffectRow): Met {
    const resolution = resolutionOf(effect);
    switch (resolution?.outcome) {
      case 'repeat':
        return { kind: 'run', effect: this.attempt(meeting, effect), isNew: true };
      case 'committed':
        return { kind: 'known', outcome: toOutcome(resultOf(effect) ?? { output: null }) };
      default:
        return { kind: 'known', outcome: { error: notDone(effect, resolution?.reason ?? '') } };
    }
  }
}

/** What a process is told of an effect that nobody knows the outcome of. */
export function outcomeUnknown(effect: EffectRow): AiosError {
  return new AiosError(
    'outcome_unknown',
    `${nameOf(effect)} was under way when it was cut off, and nobody knows whether it took effect. It is not repeated by itself: check, then "aios effects resolve ${effect.id}".`,
    { details: { effect: effect.id } },
  );
}

function notDone(effect: EffectRow, reason: string): AiosError {
  return new AiosError('failed_precondition', `${nameOf(effect)} did not happen: ${reason}.`, {
    details: { effect: effect.id },
  });
}

function undone(effect: EffectRow): AiosError {
  return new AiosError('failed_precondition', `${nameOf(effect)} happened and was undone since.`, {
    details: { effect: effect.id },
  });
}
