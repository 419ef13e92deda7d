import { type ScheduleDescription, type SyscallInput, syscalls } from '@aios/protocol';
import type { Insertable, Selectable, Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import { timingSchema } from './occurrences.ts';

export type ScheduleRow = Selectable<Tables['schedules']>;

/** The rows of schedules. */
export class ScheduleStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(transaction: Transaction<Tables>, row: Insertable<Tables['schedules']>): Promise<number> {
    const { id } = await transaction
      .insertInto('schedules')
      .values(row)
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  async all(): Promise<ScheduleRow[]> {
    return await this.#database.reader.selectFrom('schedules').selectAll().execute();
  }

  async find(id: number): Promise<ScheduleRow | undefined> {
    return await this.#database.reader
      .selectFrom('schedules')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
  }

  /** The next one first. */
  async list(tenant: string, owner: string, limit: number): Promise<ScheduleRow[]> {
    return await this.#database.reader
      .selectFrom('schedules')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('owner', '=', owner)
      .orderBy('next_at')
      .orderBy('id')
      .limit(limit)
      .execute();
  }

  async remove(
    transaction: Transaction<Tables>,
    id: number,
    tenant: string,
    owner: string,
  ): Promise<boolean> {
    const { numDeletedRows } = await transaction
      .deleteFrom('schedules')
      .where('id', '=', id)
      .where('tenant', '=', tenant)
      .where('owner', '=', owner)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  /** Goes on from one time to the next; false where that was done already, or the schedule is gone. */
  async advance(
    transaction: Transaction<Tables>,
    { id, next_at: dueAt }: ScheduleRow,
    next: number | undefined,
    lastAt: number | undefined,
  ): Promise<boolean> {
    if (next === undefined) {
      const { numDeletedRows } = await transaction
        .deleteFrom('schedules')
        .where('id', '=', id)
        .where('next_at', '=', dueAt)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    }
    const { numUpdatedRows } = await transaction
      .updateTable('schedules')
      .set({ next_at: next, ...(lastAt !== undefined && { last_at: lastAt, last_error: null }) })
      .where('id', '=', id)
      .where('next_at', '=', dueAt)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async note(id: number, noted: { last_pid: number } | { last_error: string }): Promise<void> {
    await this.#database.write((transaction) =>
      transaction.updateTable('schedules').set(noted).where('id', '=', id).execute(),
    );
  }

  async write<Result>(job: (transaction: Transaction<Tables>) => Promise<Result>): Promise<Result> {
    return await this.#database.write(job);
  }
}

/** What the agent is started with. */
export function requestOf(row: ScheduleRow): SyscallInput<'process.spawn'> {
  return syscalls['process.spawn'].input.parse(JSON.parse(row.request));
}

export function describeSchedule(row: ScheduleRow): ScheduleDescription {
  const { agent, input, durable, restart } = requestOf(row);
  const { cron, timezone, everyMs, at, missed } = timingSchema.parse(JSON.parse(row.timing));
  return {
    id: row.id,
    agent,
    input,
    durable,
    ...(restart && { restart }),
    ...(cron !== undefined && { cron }),
    timezone,
    ...(everyMs !== undefined && { everyMs }),
    ...(at !== undefined && { at }),
    missed,
    owner: row.owner,
    nextAt: new Date(row.next_at).toISOString(),
    ...(row.last_at !== null && { lastAt: new Date(row.last_at).toISOString() }),
    ...(row.last_pid !== null && { lastPid: row.last_pid }),
    ...(row.last_error !== null && { lastError: row.last_error }),
  };
}
