// Which message each conversation of a process ends with.

import { AiosError } from '@aios/protocol';
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from '../../database/index.ts';
import { beginning, type Position } from './messages.ts';
import { noteMove } from './moves.ts';
import type { Holder } from './owner.ts';

/** The end of a conversation; that of one that is not there is its beginning. */
export async function endOf(database: Kysely<Tables>, holder: Holder, name: string): Promise<Position> {
  return (await findEnd(database, holder, name)) ?? beginning;
}

/** Throws `not_found` where the conversation is not there. */
export async function existingEnd(database: Kysely<Tables>, holder: Holder, name: string): Promise<Position> {
  const end = await findEnd(database, holder, name);
  if (end !== undefined) return end;
  throw new AiosError(
    'not_found',
    `Process ${holder.pid} has no conversation "${name}": it begins with the first message, and is removed a while after ` +
      `its process has ended. "aios context list ${holder.pid}" shows what there is.`,
  );
}

export async function findEnd(
  database: Kysely<Tables>,
  { pid }: Holder,
  name: string,
): Promise<Position | undefined> {
  const row = await selectEnds(database, pid).where('name', '=', name).executeTakeFirst();
  return row && endIn(row);
}

export async function listConversations(
  database: Kysely<Tables>,
  { pid }: Holder,
): Promise<{ name: string; end: Position }[]> {
  const rows = await selectEnds(database, pid).orderBy('name').execute();
  return rows.map((row) => ({ name: row.name, end: endIn(row) }));
}

function selectEnds(database: Kysely<Tables>, pid: number) {
  return database
    .selectFrom('context_conversations')
    .leftJoin('context_messages', 'context_messages.id', 'context_conversations.head')
    .select(['name', 'head', 'length', 'history_bytes'])
    .where('pid', '=', pid);
}

function endIn(row: { head: number | null; length: number | null; history_bytes: number | null }): Position {
  return { head: row.head, length: row.length ?? 0, bytes: row.history_bytes ?? 0 };
}

/** Lets a conversation end elsewhere; begins it where it is not there. Whether it began says the answer. */
export async function moveEnd(
  transaction: Transaction<Tables>,
  { pid, tenant, user }: Holder,
  name: string,
  { head }: Position,
  now: number,
): Promise<'moved' | 'begun'> {
  await noteMove(transaction, { pid, name, head });
  const { numUpdatedRows } = await transaction
    .updateTable('context_conversations')
    .set({ head, changed_at: now })
    .where('pid', '=', pid)
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows > 0n) return 'moved';
  await transaction
    .insertInto('context_conversations')
    .values({ pid, name, tenant, user, head, changed_at: now })
    .execute();
  return 'begun';
}

export function describeConversation({ pid }: Holder, conversation: string, { length, bytes }: Position) {
  return { pid, conversation, length, bytes };
}
