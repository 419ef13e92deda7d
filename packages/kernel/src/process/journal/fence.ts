import { AiosError, type Pid } from '@aios/protocol';
import type { Kysely } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import type { CallingProcess } from '../../syscall/index.ts';

/**
 * Throws `stale_fence` unless the process still runs under this fence. Inside a transaction it also keeps others from taking
 * the process over, and from adding to its journal, until the transaction ends.
 */
export async function checkFence(
  { kind }: Pick<Database, 'kind'>,
  queries: Kysely<Tables>,
  { pid, fence }: Pick<CallingProcess, 'pid' | 'fence'>,
): Promise<void> {
  const query = queries.selectFrom('processes').select('fence').where('pid', '=', pid);
  // SQLite has one writer at a time anyway.
  const isLocking = kind === 'postgresql' && queries.isTransaction;
  const row = await (isLocking ? query.forUpdate() : query).executeTakeFirst();
  if (row?.fence !== fence) throw takenOver(pid);
}

function takenOver(pid: Pid): AiosError {
  return new AiosError(
    'stale_fence',
    `Process ${pid} was taken over since; what it still tries to change is refused.`,
    { details: { pid } },
  );
}
