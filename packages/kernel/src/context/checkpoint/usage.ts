import type { Kysely, Transaction } from 'kysely';
import type { Tables } from '../../database/index.ts';
import type { Owner } from './owner.ts';

/** What a row of a conversation or checkpoint counts for, beside its texts: an endless number of them is no way out. */
export const rowBytes = 200;

/**
 * What a user has stored. Takes the user’s row until the transaction ends: whoever changes a user’s tree begins with it, so
 * that nothing is removed while something else comes to point at it.
 */
export async function lockUsage(transaction: Transaction<Tables>, owner: Owner): Promise<number> {
  const { tenant, user } = owner;
  const { stored_bytes } = await transaction
    .insertInto('context_usage')
    .values({ tenant, user, stored_bytes: 0 })
    .onConflict((conflict) =>
      conflict
        .columns(['tenant', 'user'])
        .doUpdateSet(({ ref }) => ({ stored_bytes: ref('context_usage.stored_bytes') })),
    )
    .returning('stored_bytes')
    .executeTakeFirstOrThrow();
  return stored_bytes;
}

export async function storedBytesOf(database: Kysely<Tables>, { tenant, user }: Owner): Promise<number> {
  const row = await database
    .selectFrom('context_usage')
    .select('stored_bytes')
    .where('tenant', '=', tenant)
    .where('user', '=', user)
    .executeTakeFirst();
  return row?.stored_bytes ?? 0;
}

export async function addUsage(
  transaction: Transaction<Tables>,
  { tenant, user }: Owner,
  bytes: number,
): Promise<void> {
  if (bytes === 0) return;
  await transaction
    .updateTable('context_usage')
    .set(({ eb }) => ({ stored_bytes: eb('stored_bytes', '+', bytes) }))
    .where('tenant', '=', tenant)
    .where('user', '=', user)
    .execute();
}
