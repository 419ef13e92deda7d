import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import { newestCheckpoint } from './audit-store.ts';
import type { AuditEntry } from './entry.ts';
import { writeSegment } from './segment.ts';
import { type AuditSigner, auditFolder } from './signing-key.ts';
import { allEntries } from './verify-database.ts';

interface RotationOptions {
  readonly home: string;
  readonly database: Database;
  readonly signer: AuditSigner;
}

/** A segment that is on disk and not out of the database yet. */
export interface Rotation {
  readonly segment: string;
  readonly entries: number;
  /** Puts the checkpoint on record and removes the entries that are in the segment. */
  apply(transaction: Transaction<Tables>): Promise<void>;
}

/** Writes the entries of a tenant from before a time into a segment file; undefined where there are none. */
export async function planRotation(
  { home, database, signer }: RotationOptions,
  tenant: string,
  before: number,
): Promise<Rotation | undefined> {
  const last = await lastSigned(database, tenant, before);
  if (last === undefined) return undefined;
  const checkpoint = await newestCheckpoint(database.reader, tenant);
  const first = (checkpoint?.sequence ?? 0) + 1;
  const folder = join(auditFolder(home), 'segments');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const segment = `${encodeURIComponent(tenant)}-${first}-${last.sequence}.jsonl`;
  const header = {
    tenant,
    publicKey: signer.publicKey.pem,
    ...(checkpoint && { checkpoint: signed(checkpoint) }),
  };
  const entries = upTo(allEntries(database.reader, tenant, first - 1), last.sequence);
  const { sha256, count } = await writeSegment(join(folder, segment), header, entries);
  const claim = { tenant, sequence: last.sequence, hash: last.hash, segment_sha256: sha256 };
  return {
    segment: join(folder, segment),
    entries: count,
    async apply(transaction) {
      const row = { ...claim, at: Date.now(), segment, signature: signer.signSegment(claim) };
      await transaction.insertInto('audit_checkpoints').values(row).execute();
      await transaction
        .deleteFrom('audit_entries')
        .where('tenant', '=', tenant)
        .where('sequence', '<=', last.sequence)
        .execute();
    },
  };
}

function signed({ tenant, sequence, hash, segment_sha256, signature }: Tables['audit_checkpoints']) {
  return { tenant, sequence, hash, segment_sha256, signature };
}

async function lastSigned(
  { reader }: Database,
  tenant: string,
  before: number,
): Promise<Pick<AuditEntry, 'sequence' | 'hash'> | undefined> {
  return await reader
    .selectFrom('audit_entries')
    .select(['sequence', 'hash'])
    .where('tenant', '=', tenant)
    .where('at', '<', before)
    .where('signature', 'is not', null)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
}

async function* upTo(entries: AsyncIterable<AuditEntry>, last: number): AsyncGenerator<AuditEntry> {
  for await (const entry of entries) {
    if (entry.sequence > last) return;
    yield entry;
  }
}
