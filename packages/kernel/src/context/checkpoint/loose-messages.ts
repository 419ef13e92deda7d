// Messages that nothing may lead to any more. Whoever takes a pointer to a message away puts the message here, in the same
// transaction; a sweep looks from there towards the beginning and removes what nothing else leads to. So a sweep costs what
// there is to remove, not what there is, and one that a crash interrupts goes on at the next.

import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import type { Owner } from './owner.ts';
import { addUsage, lockUsage } from './usage.ts';

/** Bounds a transaction, for others wait for it. */
const batchSize = 500;

export async function loosen(
  transaction: Transaction<Tables>,
  heads: readonly (number | null)[],
): Promise<void> {
  const messages = [...new Set(heads)].filter((head) => head !== null);
  if (messages.length === 0) return;
  await transaction
    .insertInto('context_loose_messages')
    .values(messages.map((message) => ({ message })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export interface Removed {
  readonly tenant: string;
  readonly messages: number;
  readonly bytes: number;
}

/** Removes one batch of what nothing leads to; undefined where there is nothing to look at. */
export async function removeLoose(database: Database): Promise<Removed | undefined> {
  const loose = await findLoose(database.reader);
  if (loose === undefined) return undefined;
  const { id, tenant, user } = loose;
  return await database.write(async (transaction) => {
    await lockUsage(transaction, { tenant, user });
    const removed = await removeUnreferenced(transaction, id);
    const bytes = removed.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
    const next = removed.find(({ parent }) => !removed.some((row) => row.id === parent));
    if (removed.length === 0) {
      await transaction.deleteFrom('context_loose_messages').where('message', '=', id).execute();
    } else {
      await loosen(transaction, [next?.parent ?? null]);
    }
    await addUsage(transaction, { tenant, user }, -bytes);
    return { tenant, messages: removed.length, bytes };
  });
}

async function findLoose(reader: Kysely<Tables>): Promise<(Owner & { id: number }) | undefined> {
  return await reader
    .selectFrom('context_loose_messages')
    .innerJoin('context_messages', 'context_messages.id', 'context_loose_messages.message')
    .select(['context_messages.id', 'tenant', 'user'])
    .limit(1)
    .executeTakeFirst();
}

interface RemovedRow {
  readonly id: number;
  readonly parent: number | null;
  readonly size_bytes: number;
}

/** Removes a message and those before it, up to one that something else leads to. */
async function removeUnreferenced(transaction: Transaction<Tables>, id: number): Promise<RemovedRow[]> {
  const { rows } = await sql<RemovedRow>`
    with recursive dead (id, parent, step) as (
      select m.id, m.parent, 1 from context_messages m
      where m.id = ${id}
        and not exists (select 1 from context_messages c where c.parent = m.id)
        and not exists (select 1 from context_conversations c where c.head = m.id)
        and not exists (select 1 from context_checkpoints c where c.head = m.id)
      union all
      select m.id, m.parent, dead.step + 1 from dead join context_messages m on m.id = dead.parent
      where dead.step < ${batchSize}
        and not exists (select 1 from context_messages c where c.parent = m.id and c.id <> dead.id)
        and not exists (select 1 from context_conversations c where c.head = m.id)
        and not exists (select 1 from context_checkpoints c where c.head = m.id))
    delete from context_messages where id in (select id from dead) returning id, parent, size_bytes`.execute(
    transaction,
  );
  return rows;
}
