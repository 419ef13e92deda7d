// The tree of messages. A message in its place never changes and is stored once: a conversation, a checkpoint or a fork is
// only a pointer to its last message, so that they cost the same however long the history is.

import { createHash } from 'node:crypto';
import type { ChatMessage } from '@aios/protocol';
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from '../../database/index.ts';
import type { Owner } from './owner.ts';

/** A message in its place, or the empty beginning. */
export interface Position {
  /** Null: before the first message. */
  readonly head: number | null;
  /** Messages from the beginning up to this one. */
  readonly length: number;
  /** Bytes of these, as JSON. */
  readonly bytes: number;
}

export interface Page {
  /** Only messages after the first so many. */
  readonly after: number;
  readonly limit: number;
}

export const beginning: Position = { head: null, length: 0, bytes: 0 };

export function textsOf(messages: readonly ChatMessage[]): string[] {
  return messages.map((message) => JSON.stringify(message));
}

export function bytesOf(texts: readonly string[]): number {
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0);
}

/** Hangs messages below a position, those that are there already excepted. */
export async function grow(
  transaction: Transaction<Tables>,
  owner: Owner,
  from: Position,
  texts: readonly string[],
): Promise<{ position: Position; storedBytes: number }> {
  const { tenant, user } = owner;
  let position = from;
  let storedBytes = 0;
  for (const text of texts) {
    const size = Buffer.byteLength(text);
    const place = { parent: position.head, sha256: createHash('sha256').update(text).digest('hex') };
    const length = position.length + 1;
    const bytes = position.bytes + size;
    const row = { ...place, tenant, user, length, history_bytes: bytes, size_bytes: size, message: text };
    const inserted = await transaction
      .insertInto('context_messages')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    if (inserted !== undefined) storedBytes += size;
    const head = inserted?.id ?? (await existing(transaction, owner, place));
    position = { head, length, bytes };
  }
  return { position, storedBytes };
}

async function existing(
  transaction: Transaction<Tables>,
  { tenant, user }: Owner,
  { parent, sha256 }: { parent: number | null; sha256: string },
): Promise<number> {
  const query = transaction.selectFrom('context_messages').select('id').where('sha256', '=', sha256);
  const placed =
    parent === null
      ? query.where('parent', 'is', null).where('tenant', '=', tenant).where('user', '=', user)
      : query.where('parent', '=', parent);
  return (await placed.executeTakeFirstOrThrow()).id;
}

/** The messages up to a position, oldest first. */
export async function readMessages(
  database: Kysely<Tables>,
  { head, length }: Position,
  { after, limit }: Page,
): Promise<ChatMessage[]> {
  if (head === null || after >= length) return [];
  const rows = await pathTo(database, head, after)
    .selectFrom('path')
    .innerJoin('context_messages', 'context_messages.id', 'path.id')
    .select('context_messages.message')
    .where('path.length', '<=', after + limit)
    .orderBy('path.length')
    .execute();
  // Only texts of validated messages are stored.
  return rows.map(({ message }): ChatMessage => JSON.parse(message));
}

/** How many messages two positions have in common from the beginning on. */
export async function commonLength(
  database: Kysely<Tables>,
  one: Position,
  other: Position,
): Promise<number> {
  if (one.head === null || other.head === null) return 0;
  if (one.head === other.head) return one.length;
  const [left, right] = await Promise.all([idsTo(database, one.head), idsTo(database, other.head)]);
  // Histories that share a message share all before it, so what they share is found by halving.
  let [shared, beyond] = [0, Math.min(left.length, right.length) + 1];
  while (beyond - shared > 1) {
    const middle = Math.floor((shared + beyond) / 2);
    if (left[middle - 1] === right[middle - 1]) shared = middle;
    else beyond = middle;
  }
  return shared;
}

async function idsTo(database: Kysely<Tables>, head: number): Promise<number[]> {
  const rows = await pathTo(database, head, 0).selectFrom('path').select('id').orderBy('length').execute();
  return rows.map(({ id }) => id);
}

/** A query that begins with the table `path`: the messages up to this one, without the first `after`. */
function pathTo(database: Kysely<Tables>, head: number, after: number) {
  return database.withRecursive('path', (query) =>
    query
      .selectFrom('context_messages')
      .select(['id', 'parent', 'length'])
      .where('id', '=', head)
      .unionAll(
        query
          .selectFrom('context_messages')
          .innerJoin('path', 'path.parent', 'context_messages.id')
          .select(['context_messages.id', 'context_messages.parent', 'context_messages.length'])
          .where('path.length', '>', after + 1),
      ),
  );
}
