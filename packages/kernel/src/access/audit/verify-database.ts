import type { Kysely } from 'kysely';
import type { Tables } from '../../database/index.ts';
import { anchorPath, readHeads } from './anchor.ts';
import { auditedTenants, newestCheckpoint, readEntries } from './audit-store.ts';
import type { AuditEntry } from './entry.ts';
import type { AuditVerifier } from './signing-key.ts';
import { type AuditReport, verifyAudit } from './verify.ts';

const entriesPerQuery = 1000;
/** Rows that stand before the beginning of a chain, or that a checkpoint should have removed, are to be found, too. */
const beforeAll = Number.MIN_SAFE_INTEGER;

/** All entries of a tenant after a sequence, in their order. */
export async function* allEntries(
  queries: Kysely<Tables>,
  tenant: string,
  after: number,
): AsyncGenerator<AuditEntry> {
  let last = after;
  while (true) {
    const entries = await readEntries(queries, { tenant, after: last, limit: entriesPerQuery });
    yield* entries;
    const newest = entries.at(-1);
    if (newest === undefined) return;
    last = newest.sequence;
  }
}

/** Checks the chains of all tenants of a database against the heads in the home, or in another file with them. */
export async function verifyDatabase(
  queries: Kysely<Tables>,
  { home, anchor = anchorPath(home), key }: { home: string; anchor?: string; key: AuditVerifier },
): Promise<AuditReport[]> {
  const heads = (await readHeads(anchor)) ?? [];
  const tenants = new Set([...(await auditedTenants(queries)), ...heads.map(({ tenant }) => tenant)]);
  const reports: AuditReport[] = [];
  for (const tenant of tenants) {
    const checkpoint = await newestCheckpoint(queries, tenant);
    const entries = allEntries(queries, tenant, beforeAll);
    reports.push(await verifyAudit({ tenant, entries, checkpoint, heads, key }));
  }
  return reports;
}
