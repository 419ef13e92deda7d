// Calls that wait for a person's word. Guarantees: a request is on disk before anybody is asked; an approval is good for the
// content that was shown, once, and is used up in the transaction that makes the call; it outlives the kernel, and so does its time-out.

import { randomUUID } from 'node:crypto';
import { AiosError, pid, type SyscallInput, type SyscallOutput, tenantId } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Clock } from '../../clock/index.ts';
import type { Config } from '../../config/index.ts';
import type { Database, Tables } from '../../database/index.ts';
import type { AskedCall, Caller, Commit, Permit } from '../../syscall/index.ts';
import type { EventBus, Logger } from '../../telemetry/index.ts';
import type { GrantRow, Grants } from '../grants/index.ts';
import { checkAnswer, decisionsOf, noLongerPending } from './answering.ts';
import {
  type Answer,
  type ApprovalRow,
  contentHash,
  describeApproval,
  nameOf,
  type Question,
} from './approval-row.ts';
import { ApprovalStore } from './approval-store.ts';
import { Deadlines } from './deadlines.ts';
import { createPermit, refusalOf } from './permit.ts';
import { planRequest } from './plan-request.ts';
import { Webhook, type WebhookTarget } from './webhook.ts';

export interface ApprovalsOptions {
  readonly database: Database;
  readonly grants: Grants;
  readonly settings: () => Config['access'];
  readonly events: EventBus;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Resolves once the approval does not wait any more. */
  readonly wait: (call: AskedCall, id: string, cause: string) => Promise<void>;
  /** Makes a change for a caller, under its fence. */
  readonly commit: <Output>(
    caller: Caller,
    job: (transaction: Transaction<Tables>) => Promise<Output>,
  ) => Promise<Output>;
  /** Whether the process of the call still runs here, so that it goes on without what it asked for. */
  readonly isCurrent: (caller: Caller) => boolean;
  /** Something under a topic of wait sets has changed. */
  readonly notify: (topic: string) => void;
  /** Who else is told of what waits. */
  readonly webhook: () => WebhookTarget | undefined;
}

/** The topic under which it is told that an approval was answered. */
export const answerTo = (id: string | number): string => `approval ${id}`;

export class Approvals implements AsyncDisposable {
  readonly store: ApprovalStore;
  readonly #options: ApprovalsOptions;
  readonly #deadlines: Deadlines;
  readonly #webhook: Webhook;
  /** Tells the calls of this kernel from those of others. */
  readonly #kernel = randomUUID();

  private constructor(options: ApprovalsOptions) {
    this.#options = options;
    this.store = new ApprovalStore(options.database);
    this.#webhook = new Webhook({ ...options, store: this.store, target: options.webhook });
    this.#deadlines = new Deadlines(options.clock, (id) => void this.#expire(id));
  }

  static async open(options: ApprovalsOptions): Promise<Approvals> {
    const approvals = new Approvals(options);
    for (const { id, expires_at } of await approvals.store.pending())
      approvals.#deadlines.set(id, expires_at);
    return approvals;
  }

  /** Asks about a call and waits for the answer. Throws `permission_denied` where it is no. */
  async ask(asked: AskedCall, questions: readonly Question[], reason: string): Promise<Permit> {
    const earlier = await this.#earlier(asked);
    let row = earlier ?? (await this.#request(asked, questions, reason));
    if (row.state === 'pending') row = await this.#answered(asked, row);
    const refusal = refusalOf(row);
    if (refusal !== undefined) throw refusal;
    const by = `${this.#kernel}:${asked.call}`;
    const use = (transaction: Transaction<Tables>) =>
      this.store.use(transaction, row, {
        fence: asked.caller.process?.fence ?? 0,
        by,
        at: this.#options.clock.now(),
      });
    return createPermit(row, use);
  }

  /** Answers a request; once only, and in time. */
  async answer(
    caller: Caller,
    input: SyscallInput<'approval.answer'>,
    commit: Commit<SyscallOutput<'approval.answer'>>,
  ): Promise<SyscallOutput<'approval.answer'>> {
    const { clock, grants, settings } = this.#options;
    const row = await this.find(caller, input.id);
    checkAnswer(caller, row, input, settings());
    const { decision, scope, comment } = input;
    const answer: Answer = {
      decision,
      scope,
      by: `user:${caller.user}`,
      at: clock.now(),
      ...(comment !== undefined && { comment }),
      ...(input.input && { input: input.input }),
    };
    const decisions = decisionsOf(row, answer);
    let answered: ApprovalRow | undefined;
    const described = await commit(async (transaction) => {
      answered = await this.store.answer(
        transaction,
        row.id,
        decision === 'approve' ? 'approved' : 'denied',
        answer,
      );
      if (answered === undefined) throw noLongerPending(row);
      await grants.put(transaction, decisions);
      return describeApproval(answered);
    });
    this.#told(answered ?? row, answer, decisions);
    return described;
  }

  /** Throws `not_found`. */
  async find({ tenant, process }: Pick<Caller, 'tenant' | 'process'>, id: string): Promise<ApprovalRow> {
    const row = /^\d{1,15}$/.test(id) ? await this.store.find(Number(id)) : undefined;
    if (row !== undefined && row.tenant === tenant && (process === undefined || row.pid !== null)) return row;
    throw new AiosError('not_found', `There is no approval ${id} here. "aios approvals list" shows them.`);
  }

  /** To be called when a process ends, in the transaction that says so. */
  async ended(transaction: Transaction<Tables>, pid: number): Promise<void> {
    await this.store.withdraw(transaction, { pid });
    await this.#options.grants.removeOf(transaction, pid);
  }

  /** Tells the webhook of what waits and was not taken yet; to be called once the kernel can be reached. */
  async tellAgain(): Promise<void> {
    for (const { id } of await this.store.pending()) this.#webhook.tell(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#deadlines[Symbol.dispose]();
    await this.#webhook[Symbol.asyncDispose]();
  }

  /** What the same call asked for before a crash. */
  async #earlier({ caller, place, request, input }: AskedCall): Promise<ApprovalRow | undefined> {
    const { process } = caller;
    if (process === undefined || !process.durable || place === undefined) return undefined;
    const row = await this.store.atPlace(process.pid, place);
    if (row === undefined || row.hash === contentHash(request.call ?? request.action, input)) return row;
    // The agent’s code was changed and asks for something else now, which nobody has seen.
    await this.#options.commit(caller, (transaction) => this.store.withdraw(transaction, { id: row.id }));
    return undefined;
  }

  async #request(asked: AskedCall, questions: readonly Question[], reason: string): Promise<ApprovalRow> {
    const { clock, settings, commit, events } = this.#options;
    const { caller } = asked;
    const planned = planRequest(asked, questions, reason, settings(), clock.now());
    const row = await commit(caller, (transaction) => this.store.insert(transaction, planned));
    this.#deadlines.set(row.id, row.expires_at);
    this.#webhook.tell(row.id);
    events.publish({ type: 'approval-requested', reason, ...eventFields(row) }, caller.tenant);
    return row;
  }

  async #answered(asked: AskedCall, row: ApprovalRow): Promise<ApprovalRow> {
    const { wait, commit, isCurrent, logger } = this.#options;
    const { caller } = asked;
    const cause = `${nameOf(row)} needs approval ${row.id}: see "aios approvals show ${row.id}"`;
    try {
      await asked.meanwhile(() => wait(asked, String(row.id), cause));
    } catch (error) {
      // Whoever goes on without the call needs no answer any more. A process that was dropped or parked asks again.
      if (caller.process === undefined || isCurrent(caller)) {
        await commit(caller, (transaction) => this.store.withdraw(transaction, { id: row.id })).catch(
          (failure: unknown) =>
            logger.warn({ error: failure, approval: row.id }, 'an approval could not be withdrawn'),
        );
        this.#deadlines.clear(row.id);
      }
      throw error;
    }
    return (await this.store.find(row.id)) ?? row;
  }

  async #expire(id: number): Promise<void> {
    const { database, clock, logger } = this.#options;
    try {
      const row = await this.store.find(id);
      if (row?.state !== 'pending') return;
      const decision = row.at_timeout === 'approve' ? 'approve' : 'deny';
      const answer: Answer = {
        decision,
        by: 'timeout',
        at: Math.max(clock.now(), row.expires_at),
        scope: 'once',
      };
      const state = decision === 'approve' ? 'approved' : 'expired';
      const answered = await database.write((transaction) =>
        this.store.answer(transaction, id, state, answer),
      );
      if (answered !== undefined) this.#told(answered, answer, []);
    } catch (error) {
      logger.error({ error, approval: id }, 'the time-out of an approval could not be put on record');
    }
  }

  #told(row: ApprovalRow, { decision, by }: Answer, decisions: readonly GrantRow[]): void {
    const { grants, notify, events } = this.#options;
    grants.take(decisions);
    this.#deadlines.clear(row.id);
    notify(answerTo(row.id));
    events.publish(
      { type: 'approval-answered', decision, by, ...eventFields(row) },
      tenantId.parse(row.tenant),
    );
  }
}

function eventFields(row: ApprovalRow) {
  return {
    approval: String(row.id),
    name: row.call,
    ...(row.target !== null && { target: row.target }),
    ...(row.pid !== null && { pid: pid.parse(row.pid) }),
    ...(row.agent !== null && { agent: row.agent }),
  };
}
