// Starts processes again that have ended, as each one’s restart policy says. Guarantees: that a process is to be started again is
// on record in the transaction that records its end, and no longer so in the one that records the process which takes its
// place; so it is started again once, whenever the kernel dies.

import {
  type AiosError,
  type Pid,
  pid as pidSchema,
  processExit,
  tenantId,
  toAiosError,
} from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Clock } from '../../clock/index.ts';
import type { Database, Tables } from '../../database/index.ts';
import type { HeapNode } from '../../heap/index.ts';
import type { EventBus, Logger } from '../../telemetry/index.ts';
import type { ProcessRow, Replace } from '../process-store.ts';
import type { Due, Timers } from '../wait/index.ts';
import { type Supervision, supervisionOf } from './restart-columns.ts';
import { decideRestart, type RestartDecision } from './restart-decision.ts';

export interface SupervisorOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly events: EventBus;
  readonly logger: Logger;
  /** Starts a process in the place of one that has ended. */
  readonly replace: Replace;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #nodes = new Map<Pid, HeapNode<Due>>();
  readonly #running = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Takes over what earlier kernels left to be started again. */
  async open(): Promise<void> {
    const rows = await this.#options.database.reader
      .selectFrom('processes')
      .select(['pid', 'restart_at'])
      .where('restart_at', 'is not', null)
      .execute();
    for (const { pid, restart_at: at } of rows) this.#arm(pidSchema.parse(pid), at ?? 0);
  }

  /** Decides about a process that has ended, in the transaction that says so; what it gives is done once that is on disk. */
  async onEnd(transaction: Transaction<Tables>, row: ProcessRow): Promise<() => void> {
    const supervision = supervisionOf(row);
    if (supervision === undefined) return () => undefined;
    const decision = decideRestart(
      supervision.plan,
      supervision,
      {
        exit: processExit.parse(row.exit),
        calls: await answeredCalls(transaction, row),
        wasInterrupted: this.#isClosed,
      },
      Math.random(),
    );
    return await this.#record(transaction, row, supervision, decision);
  }

  /** A process that has ended is not started again after all. */
  async cancel(pid: Pid): Promise<void> {
    this.#disarm(pid);
    await this.#options.database.write((transaction) => clear(transaction, pid));
  }

  /** Starts nothing more. Processes that end from now on do so because the kernel closes. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const pid of [...this.#nodes.keys()]) this.#disarm(pid);
    await Promise.allSettled(this.#running);
  }

  async #record(
    transaction: Transaction<Tables>,
    row: ProcessRow,
    { plan }: Supervision,
    decision: RestartDecision,
  ): Promise<() => void> {
    const pid = pidSchema.parse(row.pid);
    if (decision.kind === 'over') return () => undefined;
    const { withoutProgress } = decision;
    const change = { restarts_without_progress: withoutProgress };
    if (decision.kind === 'given-up') {
      await transaction.updateTable('processes').set(change).where('pid', '=', pid).execute();
      return () => this.#tell(row, undefined, `${plan.maxAttempts} restarts in a row brought no progress`);
    }
    const at = this.#options.clock.now() + decision.delayMs;
    await transaction
      .updateTable('processes')
      .set({ ...change, restart_at: at, furthest_calls: decision.furthest })
      .where('pid', '=', pid)
      .execute();
    return () => {
      this.#tell(row, at, `policy ${plan.policy}`);
      this.#arm(pid, at);
    };
  }

  #tell(row: ProcessRow, at: number | undefined, cause: string): void {
    this.#options.events.publish(
      {
        type: 'process-restart',
        pid: pidSchema.parse(row.pid),
        agent: row.agent,
        cause,
        ...(at !== undefined && { restartAt: new Date(at).toISOString() }),
      },
      tenantId.parse(row.tenant),
    );
  }

  #arm(pid: Pid, at: number): void {
    if (this.#isClosed) return;
    this.#disarm(pid);
    this.#nodes.set(
      pid,
      this.#options.timers.add(at, () => this.#begin(pid)),
    );
  }

  #disarm(pid: Pid): void {
    const node = this.#nodes.get(pid);
    this.#nodes.delete(pid);
    if (node !== undefined) this.#options.timers.remove(node);
  }

  #begin(pid: Pid): void {
    this.#nodes.delete(pid);
    const running = this.#restart(pid)
      .catch((error: unknown) => {
        this.#options.logger.error({ error, pid }, 'a process could not be started again');
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #restart(pid: Pid): Promise<void> {
    const { database, replace } = this.#options;
    const row = await find(database, pid);
    const supervision = row && supervisionOf(row);
    if (supervision === undefined || row?.restart_at == null || this.#isClosed) return;
    // A process that was killed took its descendants with it, those that were to be started again, too.
    const parent = row.parent === null ? undefined : await find(database, row.parent);
    if (parent?.state === 'killed' && row.state !== 'lost') return await this.cancel(pid);
    const next = { ...supervision, restarts: supervision.restarts + 1, replaces: pid };
    try {
      await replace(row, next, (job) =>
        database.write(async (transaction) => {
          if (!(await clear(transaction, pid))) throw new AlreadyDone();
          return await job(transaction);
        }),
      );
    } catch (error) {
      if (!(error instanceof AlreadyDone)) await this.#retry(row, supervision, toAiosError(error));
    }
  }

  /** Its agent cannot be started at the moment: that is a run without progress. */
  async #retry(row: ProcessRow, supervision: Supervision, error: AiosError): Promise<void> {
    const { database, logger } = this.#options;
    logger.warn({ error, pid: row.pid }, 'a process could not be started again; it is tried later');
    const run = { exit: 'failed' as const, calls: 0, wasInterrupted: false };
    const decision = decideRestart(supervision.plan, supervision, run, Math.random());
    const done = await database.write(async (transaction) => {
      if (!(await clear(transaction, pidSchema.parse(row.pid)))) return () => undefined;
      return await this.#record(transaction, row, supervision, decision);
    });
    done();
  }
}

class AlreadyDone extends Error {}

async function find(database: Database, pid: number): Promise<ProcessRow | undefined> {
  return await database.reader.selectFrom('processes').selectAll().where('pid', '=', pid).executeTakeFirst();
}

/** False where it is not to be started again, or was already. */
async function clear(transaction: Transaction<Tables>, pid: Pid): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('processes')
    .set({ restart_at: null })
    .where('pid', '=', pid)
    .where('restart_at', 'is not', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Of a process that was lost with its kernel, the log knows. */
async function answeredCalls(transaction: Transaction<Tables>, row: ProcessRow): Promise<number> {
  if (row.exit !== 'lost') return row.used_calls;
  const { number } = await transaction
    .selectFrom('process_logs')
    .select(({ fn }) => fn.countAll<number>().as('number'))
    .where('pid', '=', row.pid)
    .where('kind', '=', 'syscall')
    .executeTakeFirstOrThrow();
  return Number(number);
}
