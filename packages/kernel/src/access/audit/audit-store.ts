import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import { type AuditEntry, type ChainEnd, emptyChain, linkEntries, type NewEntry } from './entry.ts';
import type { AuditSigner } from './signing-key.ts';

/** Of one statement: each has 18 parameters, and SQLite takes 32,766. */
const rowsPerInsert = 500;
/** Any number for the locks of PostgreSQL that nothing else in AIOS uses. */
const lockSpace = 0x41554449;

/** Adds entries of one tenant at the end of its chain and signs the new end, all in the given transaction. */
export async function appendEntries(
  { kind }: Pick<Database, 'kind'>,
  transaction: Transaction<Tables>,
  entries: readonly NewEntry[],
  signer: AuditSigner,
): Promise<AuditEntry[]> {
  const tenant = entries[0]?.tenant;
  if (tenant === undefined) return [];
  // SQLite has one writer at a time anyway.
  if (kind === 'postgresql') {
    await sql`select pg_advisory_xact_lock(${lockSpace}, hashtext(${tenant}))`.execute(transaction);
  }
  const rows = linkEntries(entries, await chainEnd(transaction, tenant), (head) => signer.signHead(head));
  for (let start = 0; start < rows.length; start += rowsPerInsert) {
    await transaction
      .insertInto('audit_entries')
      .values(rows.slice(start, start + rowsPerInsert))
      .execute();
  }
  return rows;
}

/** Where the chain of a tenant ends now: at its last entry, or at the checkpoint after which there is none yet. */
async function chainEnd(queries: Kysely<Tables>, tenant: string): Promise<ChainEnd> {
  const last = await queries
    .selectFrom('audit_entries')
    .select(['sequence', 'hash'])
    .where('tenant', '=', tenant)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last ?? (await newestCheckpoint(queries, tenant)) ?? emptyChain;
}

export async function newestCheckpoint(
  queries: Kysely<Tables>,
  tenant: string,
): Promise<Tables['audit_checkpoints'] | undefined> {
  return await queries
    .selectFrom('audit_checkpoints')
    .selectAll()
    .where('tenant', '=', tenant)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** The entries of a tenant after a sequence, in their order. */
export async function readEntries(
  queries: Kysely<Tables>,
  { tenant, after, limit }: { tenant: string; after: number; limit: number },
): Promise<AuditEntry[]> {
  return await queries
    .selectFrom('audit_entries')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(limit)
    .execute();
}

/** The tenants that have a chain. */
export async function auditedTenants(queries: Kysely<Tables>): Promise<string[]> {
  const checkpoints = await queries.selectFrom('audit_checkpoints').select('tenant').distinct().execute();
  const tenants = new Set(checkpoints.map(({ tenant }) => tenant));
  // From one to the next by the index: a chain may have millions of entries.
  let last = '';
  while (true) {
    const next = await queries
      .selectFrom('audit_entries')
      .select('tenant')
      .where('tenant', '>', last)
      .orderBy('tenant')
      .limit(1)
      .executeTakeFirst();
    if (next === undefined) return [...tenants].sort();
    tenants.add(next.tenant);
    last = next.tenant;
  }
}
