// Where the conversations of a process ended after each record of its journal, so that they can be taken back with it.

import { AiosError, type Pid } from '@aios/protocol';
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from '../../database/index.ts';
import { beginning, type Position } from './messages.ts';

/** The last record of the journal of a process; 0 where it has none. */
export async function lastPosition(database: Kysely<Tables>, pid: number): Promise<number> {
  const row = await database
    .selectFrom('journal_records')
    .select('position')
    .where('pid', '=', pid)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.position ?? 0;
}

/** Notes that a conversation ends elsewhere with the next record of its process. */
export async function noteMove(
  transaction: Transaction<Tables>,
  { pid, name, head }: { pid: number; name: string; head: number | null },
): Promise<void> {
  const position = (await lastPosition(transaction, pid)) + 1;
  await transaction
    .insertInto('context_moves')
    .values({ pid, name, position, head })
    .onConflict((conflict) => conflict.columns(['pid', 'name', 'position']).doUpdateSet({ head }))
    .execute();
}

export async function forgetMoves(
  transaction: Transaction<Tables>,
  pid: number,
  name: string,
): Promise<void> {
  await transaction.deleteFrom('context_moves').where('pid', '=', pid).where('name', '=', name).execute();
}

/** Gives a process the moves of another that came with these records, which it has got as its first ones. */
export async function copyMoves(
  transaction: Transaction<Tables>,
  from: Pid,
  to: Pid,
  positions: readonly number[],
): Promise<void> {
  const moves = await transaction
    .selectFrom('context_moves')
    .select(['name', 'position', 'head'])
    .where('pid', '=', from)
    .where('position', '<=', positions.at(-1) ?? 0)
    .orderBy('position')
    .execute();
  for (const { name, position, head } of moves) {
    const copied = positions.findLastIndex((each) => each <= position) + 1;
    await transaction
      .insertInto('context_moves')
      .values({ pid: to, name, position: copied, head })
      .onConflict((conflict) => conflict.columns(['pid', 'name', 'position']).doUpdateSet({ head }))
      .execute();
  }
}

/** Where each conversation of a process ended after a record; at its beginning where it came later. */
export async function endsAfter(
  database: Kysely<Tables>,
  pid: Pid,
  position: number,
): Promise<Map<string, Position>> {
  const rows = await database
    .selectFrom('context_moves')
    .leftJoin('context_messages', 'context_messages.id', 'context_moves.head')
    .select(['name', 'position', 'head', 'context_messages.id', 'length', 'history_bytes'])
    .where('pid', '=', pid)
    .orderBy('position')
    .execute();
  const ends = new Map<string, Position>();
  for (const row of rows) {
    if (row.position > position) {
      if (!ends.has(row.name)) ends.set(row.name, beginning);
      continue;
    }
    if (row.head !== null && row.id === null) ends.set(row.name, { ...gone, head: row.head });
    else ends.set(row.name, { head: row.head, length: row.length ?? 0, bytes: row.history_bytes ?? 0 });
  }
  for (const [name, end] of ends) if (end.length === gone.length) throw removed(pid, name);
  return ends;
}

/** Of messages that were removed since. */
const gone: Omit<Position, 'head'> = { length: -1, bytes: 0 };

function removed(pid: Pid, name: string): AiosError {
  return new AiosError(
    'failed_precondition',
    `What the conversation "${name}" of process ${pid} held then was removed since; only what a checkpoint leads to is kept. Choose a checkpoint, or a later call.`,
  );
}
