import { AiosError, type JsonValue, jsonValue, type SyscallOutput } from '@aios/protocol';
import type { Kysely, Transaction } from 'kysely';
import type { Clock } from '../../clock/index.ts';
import type { Database, Tables } from '../../database/index.ts';

interface Key {
  readonly tenant: string;
  readonly key: string;
}

/** Values that the processes of a tenant share, each with a version, so that nobody overwrites what he has not seen. */
export class Blackboard {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async get({ tenant, key }: Key): Promise<SyscallOutput<'blackboard.get'>> {
    const row = await find(this.#database.reader, { tenant, key });
    if (row === undefined) return { key, value: null, version: 0 };
    return {
      key,
      value: jsonValue.parse(JSON.parse(row.value)),
      version: row.version,
      changedAt: new Date(row.changed_at).toISOString(),
    };
  }

  /** Throws `failed_precondition`, with the version that is there, where it is not the one expected. */
  async set(
    transaction: Transaction<Tables>,
    { tenant, key }: Key,
    value: JsonValue,
    expected: number | undefined,
  ): Promise<{ version: number }> {
    const changed = { value: JSON.stringify(value), changed_at: this.#clock.now() };
    let insertion = transaction.insertInto('blackboard').values({ tenant, key, version: 1, ...changed });
    insertion =
      expected === 0
        ? insertion.onConflict((conflict) => conflict.columns(['tenant', 'key']).doNothing())
        : insertion.onConflict((conflict) =>
            conflict
              .columns(['tenant', 'key'])
              .doUpdateSet(({ ref, eb }) => ({ ...changed, version: eb(ref('blackboard.version'), '+', 1) })),
          );
    if (expected !== undefined && expected > 0) {
      const updated = await transaction
        .updateTable('blackboard')
        .set({ ...changed, version: expected + 1 })
        .where('tenant', '=', tenant)
        .where('key', '=', key)
        .where('version', '=', expected)
        .returning('version')
        .executeTakeFirst();
      if (updated !== undefined) return updated;
      throw await conflict(transaction, { tenant, key }, expected);
    }
    const written = await insertion.returning('version').executeTakeFirst();
    if (written !== undefined) return { version: written.version };
    throw await conflict(transaction, { tenant, key }, 0);
  }

  async delete(transaction: Transaction<Tables>, key: Key, expected: number | undefined): Promise<boolean> {
    let query = transaction
      .deleteFrom('blackboard')
      .where('tenant', '=', key.tenant)
      .where('key', '=', key.key);
    if (expected !== undefined) query = query.where('version', '=', expected);
    const { numDeletedRows } = await query.executeTakeFirst();
    if (numDeletedRows > 0n) return true;
    if (expected === undefined || expected === 0) return false;
    throw await conflict(transaction, key, expected);
  }
}

async function find(
  queries: Kysely<Tables>,
  { tenant, key }: Key,
): Promise<Tables['blackboard'] | undefined> {
  return await queries
    .selectFrom('blackboard')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('key', '=', key)
    .executeTakeFirst();
}

async function conflict(transaction: Transaction<Tables>, key: Key, expected: number): Promise<AiosError> {
  const version = (await find(transaction, key))?.version ?? 0;
  return new AiosError(
    'failed_precondition',
    `"${key.key}" has version ${version} by now, and not ${expected}. Read it again and decide anew.`,
    { disposition: 'retry', details: { key: key.key, version } },
  );
}
