import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { Database, Tables } from '../database/index.ts';
import type { Holder } from './holder.ts';

/** An entry, without its holder. Times are milliseconds since 1970. */
export interface Entry {
  readonly id: string;
  readonly previous: string | undefined;
  /** The value as JSON. */
  readonly text: string;
  readonly sizeBytes: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** The rows of conversations. An entry that has expired is not there, whether it was swept or not. */
export class ConversationStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Writes an entry, in place of one with the same id, and lets what it goes on from live as long as it. */
  async put(transaction: Transaction<Tables>, holder: Holder, entry: Entry): Promise<void> {
    const { id, previous, text, sizeBytes, createdAt, expiresAt } = entry;
    const content = {
      previous: previous ?? null,
      size_bytes: sizeBytes,
      created_at: createdAt,
      expires_at: expiresAt,
      value: text,
    };
    await transaction
      .insertInto('conversations')
      .values({ ...holder, id, ...content })
      .onConflict((conflict) => conflict.columns(['tenant', 'user', 'holder', 'id']).doUpdateSet(content))
      .execute();
    if (previous === undefined) return;
    await chainOf(transaction, holder, previous, createdAt)
      .updateTable('conversations')
      .set({ expires_at: expiresAt })
      .where('tenant', '=', holder.tenant)
      .where('user', '=', holder.user)
      .where('holder', '=', holder.holder)
      .where('expires_at', '<', expiresAt)
      .where('id', 'in', (query) => query.selectFrom('chain').select('chain.id'))
      .execute();
  }

  /** Bytes of the entry and of all that it goes on from; 0 where it is not there. */
  async chainBytes(holder: Holder, id: string, now: number): Promise<number> {
    const { bytes } = await chainOf(this.#database.reader, holder, id, now)
      .selectFrom('chain')
      .select(({ fn }) => fn.coalesce(fn.sum<number>('size_bytes'), sql<number>`0`).as('bytes'))
      .executeTakeFirstOrThrow();
    return bytes;
  }

  /** The entry and all that it goes on from, newest first, up to one that is not there. */
  async chain(holder: Holder, id: string, now: number): Promise<Entry[]> {
    const rows = await chainOf(this.#database.reader, holder, id, now)
      .selectFrom('conversations')
      .innerJoin('chain', 'chain.id', 'conversations.id')
      .where('tenant', '=', holder.tenant)
      .where('user', '=', holder.user)
      .where('holder', '=', holder.holder)
      .selectAll('conversations')
      .execute();
    const byId = new Map(rows.map((row) => [row.id, entryOf(row)]));
    const entries: Entry[] = [];
    // What was passed is taken out, so that entries that were made to go in a circle end here.
    for (let entry = byId.get(id); entry !== undefined; entry = byId.get(entry.previous ?? '')) {
      byId.delete(entry.id);
      entries.push(entry);
    }
    return entries;
  }

  async find(holder: Holder, id: string, now: number): Promise<Entry | undefined> {
    const row = await this.#database.reader
      .selectFrom('conversations')
      .selectAll()
      .where('tenant', '=', holder.tenant)
      .where('user', '=', holder.user)
      .where('holder', '=', holder.holder)
      .where('id', '=', id)
      .where('expires_at', '>', now)
      .executeTakeFirst();
    return row && entryOf(row);
  }

  /** Whether there was one. */
  async delete(transaction: Transaction<Tables>, holder: Holder, id: string, now: number): Promise<boolean> {
    const { numDeletedRows } = await transaction
      .deleteFrom('conversations')
      .where('tenant', '=', holder.tenant)
      .where('user', '=', holder.user)
      .where('holder', '=', holder.holder)
      .where('id', '=', id)
      .where('expires_at', '>', now)
      .executeTakeFirstOrThrow();
    return numDeletedRows > 0n;
  }

  /** Removes what has expired, and the oldest entries of each user who has more than so many bytes. */
  async sweep(now: number, maxStoredBytes: number): Promise<void> {
    await this.#database.write(async (transaction) => {
      await transaction.deleteFrom('conversations').where('expires_at', '<=', now).execute();
      await sql`
        delete from conversations where (tenant, "user", holder, id) in (
          select tenant, "user", holder, id from (
            select tenant, "user", holder, id,
              sum(size_bytes) over (partition by tenant, "user" order by created_at desc, holder, id) as newer_bytes
            from conversations) as aged
          where newer_bytes > ${maxStoredBytes})`.execute(transaction);
    });
  }
}

/** A query that begins with the table `chain`: the entry and what it goes on from. */
function chainOf(database: Kysely<Tables>, { tenant, user, holder }: Holder, id: string, now: number) {
  return database.withRecursive('chain', (query) => {
    const entries = query
      .selectFrom('conversations')
      .where('conversations.tenant', '=', tenant)
      .where('conversations.user', '=', user)
      .where('conversations.holder', '=', holder)
      .where('conversations.expires_at', '>', now)
      .select(['conversations.id', 'conversations.previous', 'conversations.size_bytes']);
    // Not `union all`: a circle would have no end.
    return entries
      .where('conversations.id', '=', id)
      .union(entries.innerJoin('chain', 'chain.previous', 'conversations.id'));
  });
}

function entryOf(row: Selectable<Tables['conversations']>): Entry {
  return {
    id: row.id,
    previous: row.previous ?? undefined,
    text: row.value,
    sizeBytes: row.size_bytes,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
