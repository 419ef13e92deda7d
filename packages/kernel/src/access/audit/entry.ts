import { createHash } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Tables } from '../../database/index.ts';

/** An entry of the audit, as it is stored. */
export type AuditEntry = Selectable<Tables['audit_entries']>;

/** An entry that has no place in the chain yet. */
export type NewEntry = Omit<AuditEntry, 'sequence' | 'previous_hash' | 'hash' | 'signature'>;

/** The end of a chain: what the next entry follows. */
export interface ChainEnd {
  readonly sequence: number;
  readonly hash: string;
}

export const emptyChain: ChainEnd = { sequence: 0, hash: '' };

const format = 'aios-audit-1';
const absent = Buffer.from([0xff, 0xff, 0xff, 0xff]);

type Field = string | number | null;

/**
 * The canonical form, which no two different lists of fields share: each field is its length in bytes (four bytes, the
 * greatest first), then its text in UTF-8; numbers are decimal; what is absent is four bytes FF. docs/audit.md has it in words.
 */
export function canonicalForm(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      if (field === null) return [absent];
      const text = Buffer.from(String(field));
      const length = Buffer.alloc(4);
      length.writeUInt32BE(text.length);
      return [length, text];
    }),
  );
}

/** SHA-256, in hexadecimal, of an entry, of the hash before it, and of whether there is a signature. */
export function hashEntry(entry: Omit<AuditEntry, 'hash'>): string {
  const fields = [
    format,
    entry.previous_hash,
    entry.tenant,
    entry.sequence,
    entry.at,
    entry.user,
    entry.key,
    entry.pid,
    entry.agent,
    entry.name,
    entry.target,
    entry.outcome,
    entry.code,
    entry.attempt,
    entry.arguments_sha256,
    entry.arguments,
    entry.detail,
    entry.signature === null ? 'unsigned' : 'signed',
  ];
  return createHash('sha256').update(canonicalForm(fields)).digest('hex');
}

/** The entries of a transaction with their places in the chain after `end`, in their order; the last is signed. */
export function linkEntries(
  entries: readonly NewEntry[],
  end: ChainEnd,
  sign: (head: ChainEnd & { readonly tenant: string }) => string,
): AuditEntry[] {
  let last = end;
  return entries.map((entry, index) => {
    const isSigned = index === entries.length - 1;
    const placed = { ...entry, sequence: last.sequence + 1, previous_hash: last.hash };
    const hash = hashEntry({ ...placed, signature: isSigned ? '' : null });
    const linked = { ...placed, hash, signature: isSigned ? sign({ ...placed, hash }) : null };
    last = linked;
    return linked;
  });
}
