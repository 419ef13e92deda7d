import { sql } from 'kysely';
import type { Holder } from '../../conversation/index.ts';
import type { Database } from '../../database/index.ts';

/** Something that was taken out of a conversation, without its holder. */
export interface Part {
  readonly kind: 'page' | 'summary';
  readonly id: string;
  /** Of a page; empty for a summary. */
  readonly toolName: string;
  readonly text: string;
}

/** How long parts are kept. */
export interface PartLife {
  readonly now: number;
  readonly ttlMs: number;
}

const maxRemembered = 50_000;

/**
 * Parts in the database. One that has expired is not there, whether it was swept or not. What was written, and when it
 * expires, is remembered, so that a conversation that goes on writes only what is new, and now and then that it still lives.
 */
export class PartStore {
  readonly #database: Database;
  readonly #kept = new Map<string, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Writes those that are not there yet; on disk when it resolves. The others live on. */
  async keep(holder: Holder, parts: readonly Part[], { now, ttlMs }: PartLife): Promise<void> {
    const expiresAt = now + ttlMs;
    const due = parts.filter((part) => (this.#kept.get(keyOf(holder, part)) ?? 0) < now + ttlMs / 2);
    if (due.length === 0) return;
    await this.#database.write(async (transaction) => {
      for (const { kind, id, toolName, text } of due) {
        await transaction
          .insertInto('context_parts')
          .values({
            ...holder,
            kind,
            id,
            tool_name: toolName,
            size_bytes: Buffer.byteLength(text),
            created_at: now,
            expires_at: expiresAt,
            text,
          })
          .onConflict((conflict) =>
            conflict
              .columns(['tenant', 'user', 'holder', 'kind', 'id'])
              .doUpdateSet({ created_at: now, expires_at: expiresAt }),
          )
          .execute();
      }
    });
    for (const part of due) this.#remember(keyOf(holder, part), expiresAt);
  }

  async find(
    holder: Holder,
    { kind, id }: Pick<Part, 'kind' | 'id'>,
    now: number,
  ): Promise<Pick<Part, 'toolName' | 'text'> | undefined> {
    const row = await this.#database.reader
      .selectFrom('context_parts')
      .select(['tool_name', 'text'])
      .where('tenant', '=', holder.tenant)
      .where('user', '=', holder.user)
      .where('holder', '=', holder.holder)
      .where('kind', '=', kind)
      .where('id', '=', id)
      .where('expires_at', '>', now)
      .executeTakeFirst();
    return row && { toolName: row.tool_name, text: row.text };
  }

  /** Removes what has expired, and the oldest parts of each user who has more than so many bytes. */
  async sweep(now: number, maxStoredBytes: number): Promise<void> {
    await this.#database.write(async (transaction) => {
      await transaction.deleteFrom('context_parts').where('expires_at', '<=', now).execute();
      await sql`
        delete from context_parts where (tenant, "user", holder, kind, id) in (
          select tenant, "user", holder, kind, id from (
            select tenant, "user", holder, kind, id,
              sum(size_bytes) over (partition by tenant, "user" order by created_at desc, holder, kind, id) as newer_bytes
            from context_parts) as aged
          where newer_bytes > ${maxStoredBytes})`.execute(transaction);
    });
    // What was swept must be written again when it is needed again.
    this.#kept.clear();
  }

  #remember(key: string, expiresAt: number): void {
    if (this.#kept.size >= maxRemembered) this.#kept.clear();
    this.#kept.set(key, expiresAt);
  }
}

function keyOf({ tenant, user, holder }: Holder, { kind, id }: Pick<Part, 'kind' | 'id'>): string {
  return [tenant, user, holder, kind, id].join('\0');
}
