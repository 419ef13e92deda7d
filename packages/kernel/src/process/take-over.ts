// The moment from which a process belongs to this kernel. Guarantee: whoever had it before can write nothing more for it, and
// what it wrote is there to be read.

import type { Pid } from '@aios/protocol';
import { type ExpressionBuilder, sql, type Transaction } from 'kysely';
import type { Database, Tables } from '../database/index.ts';
import { finalStates } from './lifecycle/index.ts';
import type { ProcessRow } from './process-store.ts';

/** Takes an unfinished process over; undefined where it has ended. `also` is done in the same transaction. */
export async function takeOver(
  database: Database,
  pid: Pid,
  also?: (transaction: Transaction<Tables>) => Promise<unknown>,
): Promise<ProcessRow | undefined> {
  return await database.write(async (transaction) => {
    const row = await transaction
      .updateTable('processes')
      .set(takenOver)
      .where('pid', '=', pid)
      .where('state', 'not in', finalStates)
      .returningAll()
      .executeTakeFirst();
    await also?.(transaction);
    return row;
  });
}

/**
 * Takes over the durable processes that a kernel which is gone left unfinished, but for those that wait without their code, and
 * gives all unfinished ones, parents before children. `also` is done in the same transaction.
 */
export async function takeOverAll(
  database: Database,
  also: (transaction: Transaction<Tables>) => Promise<unknown>,
): Promise<ProcessRow[]> {
  return await database.write(async (transaction) => {
    // The server may still be busy with the last commits of a kernel that was killed; SQLite is gone with its kernel.
    if (database.kind === 'postgresql')
      await sql`lock table processes in exclusive mode`.execute(transaction);
    await transaction
      .updateTable('processes')
      .set(takenOver)
      .where('durable', '=', 1)
      .where('state', 'not in', finalStates)
      .where((builder) => builder.not(isDormant(builder)))
      .execute();
    await also(transaction);
    return await transaction
      .selectFrom('processes')
      .selectAll()
      .where('state', 'not in', finalStates)
      .orderBy('pid')
      .execute();
  });
}

function takenOver({ eb }: ExpressionBuilder<Tables, 'processes'>) {
  return {
    fence: eb('fence', '+', 1),
    state: eb.case().when('state', '=', 'suspended').then('suspended').else('created').end(),
  };
}

/** Such a process has a wait set, and is taken over when it is woken. */
function isDormant({ and, eb, exists, selectFrom }: ExpressionBuilder<Tables, 'processes'>) {
  const sets = selectFrom('wait_sets').select('call').whereRef('wait_sets.pid', '=', 'processes.pid');
  return and([eb('state', '=', 'waiting'), exists(sets)]);
}
