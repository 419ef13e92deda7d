import { auditEntry, type AuditEntry as Described, tenantId } from '@aios/protocol';
import type { Database } from '../../database/index.ts';
import { type HandlersOf, handle } from '../../syscall/index.ts';
import type { AuditLog } from './audit-log.ts';
import { newestCheckpoint } from './audit-store.ts';
import { planRotation } from './rotation.ts';

interface AuditHandlerOptions {
  readonly home: string;
  readonly database: Database;
  readonly audit: AuditLog;
}

export function auditHandlers({ home, database, audit }: AuditHandlerOptions): HandlersOf<'audit'> {
  /** One at a time: two would write the same segment. */
  let rotating: Promise<unknown> = Promise.resolve();
  return {
    'audit.list': handle(async ({ after, last, outcomes, pid, call, limit }, { caller: { tenant } }) => {
      let query = database.reader
        .selectFrom('audit_entries')
        .selectAll()
        .where('tenant', '=', tenant)
        .where('sequence', '>', after);
      if (outcomes !== undefined) query = query.where('outcome', 'in', outcomes);
      if (pid !== undefined) query = query.where('pid', '=', pid);
      if (call !== undefined) query = query.where('name', '=', call);
      const rows = await query
        .orderBy('sequence', last ? 'desc' : 'asc')
        .limit(limit)
        .execute();
      const entries: Described[] = rows.map((row) => auditEntry.parse(row));
      const checkpoint = await newestCheckpoint(database.reader, tenant);
      return {
        entries: last ? entries.reverse() : entries,
        publicKey: audit.signer.publicKey.pem,
        anchoredTo: audit.heads.anchoredTo(tenant),
        ...(checkpoint && {
          checkpoint: {
            tenant: tenantId.parse(checkpoint.tenant),
            sequence: checkpoint.sequence,
            hash: checkpoint.hash,
            segment_sha256: checkpoint.segment_sha256,
            signature: checkpoint.signature,
          },
        }),
      };
    }),

    'audit.rotate': handle(async ({ olderThanMs }, { caller: { tenant }, commit, ensureCurrent }) => {
      await ensureCurrent();
      const rotate = async () => {
        const options = { home, database, signer: audit.signer };
        const rotation = await planRotation(options, tenant, Date.now() - olderThanMs);
        return await commit(async (transaction) => {
          await rotation?.apply(transaction);
          return {
            entries: rotation?.entries ?? 0,
            ...(rotation !== undefined && { segment: rotation.segment }),
          };
        });
      };
      const rotated = rotating.then(rotate, rotate);
      rotating = rotated;
      return await rotated;
    }),
  };
}
