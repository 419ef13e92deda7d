// Agents that are started at times to come. Guarantees: a schedule is on disk when its creator hears so; a run is on record in
// the transaction that moves the schedule to its next time, so each run is started once, whenever the kernel dies.

import {
  AiosError,
  type Pid,
  type SyscallInput,
  type SyscallOutput,
  type TenantId,
  tenantId,
  toAiosError,
  userId,
} from '@aios/protocol';
import { createPolicy } from '../../access/index.ts';
import type { Clock } from '../../clock/index.ts';
import type { HeapNode } from '../../heap/index.ts';
import type { Caller, Commit } from '../../syscall/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import { callerBudgetsOf, parseLayers } from '../describe-process.ts';
import type { Due, Timers } from '../wait/index.ts';
import { checkTiming, dueRuns, nextTime, timingSchema } from './occurrences.ts';
import { describeSchedule, requestOf, type ScheduleRow, type ScheduleStore } from './schedule-store.ts';

export interface SchedulesOptions {
  readonly store: ScheduleStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Throws unless there is such an agent. */
  readonly checkAgent: (agent: string, tenant: TenantId) => Promise<void>;
  readonly spawn: (
    caller: Caller,
    request: SyscallInput<'process.spawn'>,
    commit: Commit<{ pid: Pid }>,
    cause: string,
  ) => Promise<{ pid: Pid }>;
}

export class Schedules {
  readonly #options: SchedulesOptions;
  readonly #nodes = new Map<number, HeapNode<Due>>();
  readonly #running = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: SchedulesOptions) {
    this.#options = options;
  }

  /** Takes over what earlier kernels left; runs that were missed are handled as each schedule says. */
  async open(): Promise<void> {
    for (const row of await this.#options.store.all()) this.#arm(row.id, row.next_at);
  }

  async create(
    caller: Caller,
    { agent, input, permissions, budget, durable, restart, ...timing }: SyscallInput<'schedule.create'>,
    commit: Commit<SyscallOutput<'schedule.create'>>,
  ): Promise<SyscallOutput<'schedule.create'>> {
    const { store, clock, checkAgent } = this.#options;
    checkTiming(timing);
    await checkAgent(agent, caller.tenant);
    const now = clock.now();
    const next = nextTime(timing, now, now);
    if (next === undefined)
      throw new AiosError('invalid_argument', 'The time of the schedule is past already.');
    const request = {
      agent,
      input,
      budget,
      durable,
      ...(permissions && { permissions }),
      ...(restart && { restart }),
    };
    const created = await commit(async (transaction) => {
      const id = await store.add(transaction, {
        tenant: caller.tenant,
        owner: caller.user,
        agent,
        request: JSON.stringify(request),
        timing: JSON.stringify(timing),
        policy: JSON.stringify(caller.policy.layers),
        caller_budgets: JSON.stringify(caller.budgets ?? []),
        next_at: next,
        last_at: null,
        last_pid: null,
        last_error: null,
      });
      return { id, nextAt: new Date(next).toISOString() };
    });
    this.#arm(created.id, next);
    return created;
  }

  async list({ tenant, user }: Caller, limit: number): Promise<SyscallOutput<'schedule.list'>> {
    const rows = await this.#options.store.list(tenant, user, limit);
    return { schedules: rows.map(describeSchedule) };
  }

  async delete(
    { tenant, user }: Caller,
    id: number,
    commit: Commit<Record<string, never>>,
  ): Promise<Record<string, never>> {
    const answer = await commit(async (transaction) => {
      if (await this.#options.store.remove(transaction, id, tenant, user)) return {};
      throw new AiosError('not_found', `There is no schedule ${id}. "aios schedule list" shows them.`);
    });
    this.#disarm(id);
    return answer;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const id of [...this.#nodes.keys()]) this.#disarm(id);
    await Promise.allSettled(this.#running);
  }

  #arm(id: number, at: number): void {
    this.#disarm(id);
    if (this.#isClosed) return;
    this.#nodes.set(
      id,
      this.#options.timers.add(at, () => this.#begin(id)),
    );
  }

  #disarm(id: number): void {
    const node = this.#nodes.get(id);
    this.#nodes.delete(id);
    if (node !== undefined) this.#options.timers.remove(node);
  }

  #begin(id: number): void {
    const running = this.#run(id)
      .catch((error: unknown) => {
        this.#options.logger.error({ error, schedule: id }, 'a schedule could not be followed');
        // It stays on record; the next attempt is in a while.
        this.#arm(id, this.#options.clock.now() + retryMs);
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #run(id: number): Promise<void> {
    const { store, clock } = this.#options;
    const row = await store.find(id);
    if (row === undefined || this.#isClosed) return;
    const timing = timingSchema.parse(JSON.parse(row.timing));
    const { runs, next } = dueRuns(timing, row.next_at, clock.now());
    const [first, second] = runs;
    const later = second ?? next;
    if (first === undefined)
      await store.write((transaction) => store.advance(transaction, row, later, undefined));
    else await this.#start(row, first, later);
    if (second !== undefined) await this.#run(id);
    else if (later !== undefined) this.#arm(id, later);
  }

  /** Starts the agent once and moves on, both or neither. An agent that cannot be started does not stop the schedule. */
  async #start(row: ScheduleRow, at: number, next: number | undefined): Promise<void> {
    const { store, spawn } = this.#options;
    try {
      const { pid } = await spawn(
        callerOf(row),
        requestOf(row),
        (job) =>
          store.write(async (transaction) => {
            if (!(await store.advance(transaction, row, next, at))) throw new AlreadyDone();
            return await job(transaction);
          }),
        `started by schedule ${row.id}`,
      );
      if (next !== undefined) await store.note(row.id, { last_pid: pid });
    } catch (error) {
      if (error instanceof AlreadyDone) return;
      await store.write((transaction) => store.advance(transaction, row, next, at));
      await store.note(row.id, { last_error: toAiosError(error).message });
    }
  }
}

const retryMs = 10_000;

class AlreadyDone extends Error {}

/** Its processes may do what its creator might, and not more if that one may more by now. */
function callerOf(row: ScheduleRow): Caller {
  return {
    tenant: tenantId.parse(row.tenant),
    user: userId.parse(row.owner),
    policy: createPolicy(parseLayers(row)),
    ...callerBudgetsOf(row),
  };
}
