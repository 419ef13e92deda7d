import {
  type JsonValue,
  jsonValue,
  type Pid,
  pid as pidSchema,
  type SyscallInput,
  syscalls,
  type TriggerDescription,
  type TriggerSource,
  tenantId,
  triggerSource,
  userId,
} from '@aios/protocol';
import type { Insertable, Selectable, Transaction } from 'kysely';
import { createPolicy } from '../../access/index.ts';
import type { Database, Tables } from '../../database/index.ts';
import type { Caller } from '../../syscall/index.ts';
import { callerBudgetsOf, parseLayers } from '../describe-process.ts';

export type TriggerRow = Selectable<Tables['triggers']>;

/** Something that has happened and that a trigger waited for. */
export interface TriggerEvent {
  /** Names it among those of the trigger: one of the same name is the same event. */
  readonly delivery: string;
  readonly event: JsonValue;
}

/** Times of events that were delivered are known for so long, so that a repeat of one is not delivered again. */
const keptMs = 30 * 86_400_000;

/** The rows of triggers, and of what has happened until it is delivered. */
export class TriggerStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(transaction: Transaction<Tables>, row: Insertable<Tables['triggers']>): Promise<number> {
    const { id } = await transaction
      .insertInto('triggers')
      .values(row)
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  async all(): Promise<TriggerRow[]> {
    return await this.#database.reader.selectFrom('triggers').selectAll().orderBy('id').execute();
  }

  async find(id: number): Promise<TriggerRow | undefined> {
    return await this.#database.reader
      .selectFrom('triggers')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
  }

  async list({ tenant, user }: Caller, limit: number): Promise<TriggerDescription[]> {
    const rows = await this.#database.reader
      .selectFrom('triggers')
      .selectAll()
      .select(({ selectFrom }) =>
        selectFrom('trigger_events')
          .select(({ fn }) => fn.countAll<number>().as('number'))
          .whereRef('trigger_id', '=', 'triggers.id')
          .where('done_at', 'is', null)
          .as('pending'),
      )
      .where('tenant', '=', tenant)
      .where('owner', '=', user)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(({ pending, ...row }) => describeTrigger(row, Number(pending ?? 0)));
  }

  async remove(transaction: Transaction<Tables>, id: number, { tenant, user }: Caller): Promise<boolean> {
    const { numDeletedRows } = await transaction
      .deleteFrom('triggers')
      .where('id', '=', id)
      .where('tenant', '=', tenant)
      .where('owner', '=', user)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  /** Puts on record what has happened; false where it is known already. */
  async put(
    transaction: Transaction<Tables>,
    trigger: number,
    { delivery, event }: TriggerEvent,
    at: number,
  ): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('trigger_events')
      .values({ trigger_id: trigger, delivery, event: JSON.stringify(event), at, done_at: null })
      .onConflict((conflict) => conflict.columns(['trigger_id', 'delivery']).doNothing())
      .executeTakeFirst();
    return (numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  /** The oldest event that is to be delivered. */
  async next(trigger: number): Promise<TriggerEvent | undefined> {
    const row = await this.#database.reader
      .selectFrom('trigger_events')
      .select(['delivery', 'event'])
      .where('trigger_id', '=', trigger)
      .where('done_at', 'is', null)
      .orderBy('at')
      .orderBy('delivery')
      .limit(1)
      .executeTakeFirst();
    return row && { delivery: row.delivery, event: jsonValue.parse(JSON.parse(row.event)) };
  }

  /** An event is delivered in this transaction; false where it was already, or its trigger is gone. */
  async done(
    transaction: Transaction<Tables>,
    trigger: number,
    { delivery }: TriggerEvent,
    at: number,
  ): Promise<boolean> {
    const { numUpdatedRows } = await transaction
      .updateTable('trigger_events')
      .set({ done_at: at })
      .where('trigger_id', '=', trigger)
      .where('delivery', '=', delivery)
      .where('done_at', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async note(
    transaction: Transaction<Tables>,
    id: number,
    change: { last_at: number; last_pid?: number; last_error: string | null },
  ): Promise<void> {
    await transaction.updateTable('triggers').set(change).where('id', '=', id).execute();
  }

  async setSeenMail(transaction: Transaction<Tables>, id: number, seen: string): Promise<void> {
    await transaction.updateTable('triggers').set({ seen_mail: seen }).where('id', '=', id).execute();
  }

  /** The mail for the name of an agent that nobody has received: the oldest and the newest. */
  async mail(tenant: string, mailbox: string): Promise<{ oldest: number; newest: number } | undefined> {
    const { oldest, newest } = await this.#database.reader
      .selectFrom('messages')
      .select(({ fn }) => [fn.min('id').as('oldest'), fn.max('id').as('newest')])
      .where('tenant', '=', tenant)
      .where('mailbox', '=', mailbox)
      .where('received_at', 'is', null)
      .where('reply_to', 'is', null)
      .executeTakeFirstOrThrow();
    return oldest === null || newest === null
      ? undefined
      : { oldest: Number(oldest), newest: Number(newest) };
  }

  async files(trigger: number): Promise<Map<string, string>> {
    const rows = await this.#database.reader
      .selectFrom('trigger_files')
      .select(['path', 'look'])
      .where('trigger_id', '=', trigger)
      .execute();
    return new Map(rows.map(({ path, look }) => [path, look]));
  }

  async setFiles(
    transaction: Transaction<Tables>,
    trigger: number,
    changed: ReadonlyMap<string, string>,
    deleted: readonly string[],
  ): Promise<void> {
    for (const [path, look] of changed) {
      await transaction
        .insertInto('trigger_files')
        .values({ trigger_id: trigger, path, look })
        .onConflict((conflict) => conflict.columns(['trigger_id', 'path']).doUpdateSet({ look }))
        .execute();
    }
    for (const path of deleted) {
      await transaction
        .deleteFrom('trigger_files')
        .where('trigger_id', '=', trigger)
        .where('path', '=', path)
        .execute();
    }
  }

  /** Forgets what was delivered long ago. */
  async sweep(now: number): Promise<void> {
    await this.write((transaction) =>
      transaction
        .deleteFrom('trigger_events')
        .where('done_at', '<', now - keptMs)
        .execute(),
    );
  }

  async write<Result>(job: (transaction: Transaction<Tables>) => Promise<Result>): Promise<Result> {
    return await this.#database.write(job);
  }
}

export function sourceOf(row: TriggerRow): TriggerSource {
  return triggerSource.parse(JSON.parse(row.source));
}

/** What each process of a trigger is started with, before what has happened is added. */
export function requestOf(row: TriggerRow): SyscallInput<'process.spawn'> {
  return syscalls['process.spawn'].input.parse(JSON.parse(row.request));
}

/** Its processes may do what its creator might when it was made. */
export function callerOf(row: TriggerRow): Caller {
  return {
    tenant: tenantId.parse(row.tenant),
    user: userId.parse(row.owner),
    policy: createPolicy(parseLayers(row)),
    ...callerBudgetsOf(row),
  };
}

export const webhookPath = (trigger: number): string => `/hooks/${trigger}`;

function describeTrigger(row: TriggerRow, pending: number): TriggerDescription {
  const { agent, input, durable } = requestOf(row);
  const on = sourceOf(row);
  const lastPid: Pid | undefined = row.last_pid === null ? undefined : pidSchema.parse(row.last_pid);
  return {
    id: row.id,
    agent,
    on,
    deliver: row.deliver === 'message' ? 'message' : 'start',
    input,
    durable,
    owner: row.owner,
    ...(on.kind === 'webhook' && { url: webhookPath(row.id) }),
    pending,
    ...(row.last_at !== null && { lastAt: new Date(row.last_at).toISOString() }),
    ...(lastPid !== undefined && { lastPid }),
    ...(row.last_error !== null && { lastError: row.last_error }),
  };
}
