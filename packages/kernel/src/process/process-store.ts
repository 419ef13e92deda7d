import {
  type Budget,
  type JsonValue,
  type Pid,
  type ProcessState,
  pid as pidSchema,
  processState,
} from '@aios/protocol';
import type { Selectable, Transaction } from 'kysely';
import { nanoUsd, type ProcessUse } from '../access/index.ts';
import type { Database, Tables } from '../database/index.ts';
import { type BadExit, type Exit, finalStates } from './lifecycle/index.ts';
import type { ProcessPlan, Run } from './process.ts';
import { columnsOf, type Supervision } from './supervision/index.ts';

export type ProcessRow = Selectable<Tables['processes']>;

/** What else changes with the end of a process, in the same transaction; what it gives is done once that is on disk. */
export type OnEnd = (transaction: Transaction<Tables>, row: ProcessRow) => Promise<() => void>;

/** Starts a process like one that has ended, in a transaction of the caller’s. */
export type Replace = (
  row: ProcessRow,
  supervision: Supervision,
  commit: (job: (transaction: Transaction<Tables>) => Promise<{ pid: Pid }>) => Promise<{ pid: Pid }>,
) => Promise<{ pid: Pid }>;

/** The rows of processes, which outlive the kernel. */
export class ProcessStore {
  readonly #database: Database;
  readonly #onEnd: OnEnd;

  constructor(database: Database, onEnd: OnEnd) {
    this.#database = database;
    this.#onEnd = onEnd;
  }

  /** Puts a process on record and gives it its number. */
  async create(transaction: Transaction<Tables>, process: ProcessPlan): Promise<Pid> {
    const row = await transaction
      .insertInto('processes')
      .values({
        tenant: process.principal.tenant,
        owner: process.principal.user,
        agent: process.agent.manifest.name,
        entry: process.agent.entry,
        trusted: Number(process.agent.trusted),
        parent: process.parentPid ?? null,
        process_group: process.group ?? null,
        exit: null,
        state: 'created',
        runtime: process.runtime,
        durable: Number(process.durable),
        fence: 1,
        class: process.urgency.class,
        priority: process.urgency.priority,
        input: JSON.stringify(process.input),
        output: null,
        error: null,
        policy: JSON.stringify(process.principal.policy.layers),
        budget: JSON.stringify(process.budget),
        caller_budgets: JSON.stringify(process.principal.budgets ?? []),
        used_calls: 0,
        used_tokens: 0,
        used_nano_usd: 0,
        created_at: process.createdAt,
        started_at: null,
        ended_at: null,
        breaks: process.breaks ?? 0,
        ...columnsOf(process.supervision),
      })
      .returning('pid')
      .executeTakeFirstOrThrow();
    return pidSchema.parse(row.pid);
  }

  async markEnded(
    { pid, fence, startedAt }: { pid: Pid; fence: number; startedAt: number | undefined },
    exit: Exit,
    used: ProcessUse,
  ): Promise<void> {
    const done = await this.#database.write(async (transaction) => {
      await transaction.deleteFrom('wait_sets').where('pid', '=', pid).execute();
      const row = await transaction
        .updateTable('processes')
        .set({
          state: exit.state,
          output: exit.state === 'succeeded' ? JSON.stringify(exit.output) : null,
          exit: exit.kind,
          error: exit.state === 'succeeded' ? null : JSON.stringify(exit.error),
          used_calls: used.calls,
          used_tokens: used.tokens,
          used_nano_usd: nanoUsd(used.usd),
          ...(startedAt !== undefined && { started_at: startedAt }),
          ended_at: Date.now(),
        })
        .where('pid', '=', pid)
        .where('fence', '=', fence)
        .returningAll()
        .executeTakeFirst();
      return row && (await this.#onEnd(transaction, row));
    });
    done?.();
  }

  /** Puts on record that a process waits without its code. */
  async markDormant(
    { pid, fence, startedAt }: { pid: Pid; fence: number; startedAt: number | undefined },
    used: ProcessUse,
  ): Promise<void> {
    await this.#database.write((transaction) =>
      transaction
        .updateTable('processes')
        .set({
          state: 'waiting',
          used_calls: used.calls,
          used_tokens: used.tokens,
          used_nano_usd: nanoUsd(used.usd),
          ...(startedAt !== undefined && { started_at: startedAt }),
        })
        .where('pid', '=', pid)
        .where('fence', '=', fence)
        .execute(),
    );
  }

  /** Keeps the first start, which the wall time of a process that is resumed counts from. */
  async markStarted(pid: Pid, fence: number, startedAt: number): Promise<void> {
    await this.#database.write((transaction) =>
      transaction
        .updateTable('processes')
        .set({ started_at: startedAt })
        .where('pid', '=', pid)
        .where('fence', '=', fence)
        .execute(),
    );
  }

  /** Puts on record that a process begins anew; false where it has ended. */
  async beginRun(
    transaction: Transaction<Tables>,
    pid: Pid,
    run: Run & { readonly input: JsonValue; readonly startedAt: number | undefined },
  ): Promise<boolean> {
    await transaction.deleteFrom('wait_sets').where('pid', '=', pid).execute();
    const { numUpdatedRows } = await transaction
      .updateTable('processes')
      .set({
        run: run.number,
        run_position: run.position,
        run_sequence: run.sequence,
        input: JSON.stringify(run.input),
        ...(run.startedAt !== undefined && { started_at: run.startedAt }),
      })
      .where('pid', '=', pid)
      .where('state', 'not in', finalStates)
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  /** Keeps whoever has a process from writing anything more for it, and gives its row; undefined where it has ended. */
  async fenceOff(transaction: Transaction<Tables>, pid: Pid): Promise<ProcessRow | undefined> {
    await transaction.deleteFrom('wait_sets').where('pid', '=', pid).execute();
    return await transaction
      .updateTable('processes')
      .set(({ eb }) => ({ fence: eb('fence', '+', 1) }))
      .where('pid', '=', pid)
      .where('state', 'not in', finalStates)
      .returningAll()
      .executeTakeFirst();
  }

  /** Counts that a process broke its runtime, and says how often it has; nothing where it was taken over or has ended. */
  async countBreak(pid: Pid, fence: number): Promise<number | undefined> {
    return await this.#database.write(async (transaction) => {
      const row = await transaction
        .updateTable('processes')
        .set(({ eb }) => ({ breaks: eb('breaks', '+', 1) }))
        .where('pid', '=', pid)
        .where('fence', '=', fence)
        .where('state', 'not in', finalStates)
        .returning('breaks')
        .executeTakeFirst();
      return row?.breaks;
    });
  }

  async setBudget(transaction: Transaction<Tables>, pid: Pid, budget: Budget): Promise<void> {
    await transaction
      .updateTable('processes')
      .set({ budget: JSON.stringify(budget) })
      .where('pid', '=', pid)
      .where('state', 'not in', finalStates)
      .execute();
  }

  /** Whether it is to stay suspended over a restart. */
  async markSuspended(transaction: Transaction<Tables>, pid: Pid, isSuspended: boolean): Promise<void> {
    await transaction
      .updateTable('processes')
      .set({ state: isSuspended ? 'suspended' : 'created' })
      .where('pid', '=', pid)
      .where('state', 'not in', finalStates)
      .execute();
  }

  async markLost(pid: Pid, { kind, error }: BadExit): Promise<void> {
    const done = await this.#database.write(async (transaction) => {
      await transaction.deleteFrom('wait_sets').where('pid', '=', pid).execute();
      const row = await transaction
        .updateTable('processes')
        .set(({ eb }) => ({
          state: 'lost',
          exit: kind,
          error: JSON.stringify(error),
          ended_at: Date.now(),
          fence: eb('fence', '+', 1),
        }))
        .where('pid', '=', pid)
        .returningAll()
        .executeTakeFirst();
      return row && (await this.#onEnd(transaction, row));
    });
    done?.();
  }

  async find(pid: Pid): Promise<ProcessRow | undefined> {
    return await this.#database.reader
      .selectFrom('processes')
      .selectAll()
      .where('pid', '=', pid)
      .executeTakeFirst();
  }

  /** Newest first; below an ancestor, or of a group, only when one is given. */
  async list(
    tenant: string,
    states: readonly ProcessState[],
    { ancestor, group }: { ancestor: Pid | undefined; group: Pid | undefined },
    limit: number,
  ): Promise<ProcessRow[]> {
    if (states.length === 0) return [];
    const query = this.#database.reader
      .withRecursive('family', (builder) =>
        builder
          .selectFrom('processes')
          .select('pid')
          .where('parent', '=', ancestor ?? 0)
          .unionAll(
            builder
              .selectFrom('processes')
              .innerJoin('family', 'family.pid', 'processes.parent')
              .select('processes.pid'),
          ),
      )
      .selectFrom('processes')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('state', 'in', states);
    const scoped =
      ancestor === undefined
        ? query
        : query.where('pid', 'in', (builder) => builder.selectFrom('family').select('pid'));
    const ofGroup =
      group === undefined
        ? scoped
        : scoped.where(({ or, eb }) => or([eb('process_group', '=', group), eb('pid', '=', group)]));
    return await ofGroup.orderBy('pid', 'desc').limit(limit).execute();
  }

  /** How many ended processes of a tenant there are in each state. */
  async countEnded(tenant: string): Promise<Partial<Record<ProcessState, number>>> {
    const rows = await this.#database.reader
      .selectFrom('processes')
      .select(({ fn }) => ['state', fn.countAll<number>().as('number')])
      .where('tenant', '=', tenant)
      .where('state', 'in', finalStates)
      .groupBy('state')
      .execute();
    return Object.fromEntries(rows.map((row) => [processState.parse(row.state), Number(row.number)]));
  }

  /** Whether `pid` descends from `ancestor`, by the rows alone. */
  async descends(pid: Pid, ancestor: Pid): Promise<boolean> {
    let row = await this.find(pid);
    while (row !== undefined && row.parent !== null) {
      if (row.parent === ancestor) return true;
      row = await this.find(pidSchema.parse(row.parent));
    }
    return false;
  }
}
