import { createHash } from 'node:crypto';
import { AiosError } from '@aios/protocol';
import type { Selectable } from 'kysely';
import type { Tables } from '../../database/index.ts';
import { describeCall } from './call-identity.ts';

/** One record of a journal, as it is stored. */
export type JournalRecord = Selectable<Tables['journal_records']>;

/** The end of a chain: what the next record follows. */
export interface ChainEnd {
  readonly position: number;
  readonly hash: string;
}

export const emptyChain: ChainEnd = { position: 0, hash: '' };

/** SHA-256, in hexadecimal, of a record and of the hash before it. JSON keeps the fields apart. */
export function hashRecord(previousHash: string, record: Omit<JournalRecord, 'hash'>): string {
  const fields = [
    previousHash,
    record.pid,
    record.position,
    record.kind,
    record.sequence,
    record.nested,
    record.name,
    record.target,
    record.input_hash,
    record.fields,
    record.result,
    record.used_tokens,
    record.used_nano_usd,
    record.at,
  ];
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}

/**
 * Checks that records, in their order, are as they were written and that none is missing between them. `before` is what the
 * first one follows. Throws `failed_precondition` naming the first that is not.
 */
export function verifyChain(records: readonly JournalRecord[], before: ChainEnd): void {
  let end = before;
  for (const record of records) {
    const isOlderThanHashes = record.hash === '' && end.hash === '';
    if (record.position !== end.position + 1 && !isOlderThanHashes) throw missing(record, end.position + 1);
    if (!isOlderThanHashes && record.hash !== hashRecord(end.hash, record)) throw changed(record);
    end = record;
  }
}

function missing({ pid }: JournalRecord, position: number): AiosError {
  return broken(pid, position, `record ${position} is missing`);
}

function changed(record: JournalRecord): AiosError {
  const { pid, position, kind, sequence } = record;
  const what = `record ${position} (${kind} of call ${sequence}, ${describeCall(record)})`;
  return broken(pid, position, `${what}, or the one before it, is not as it was written`);
}

function broken(pid: number, position: number, what: string): AiosError {
  return new AiosError(
    'failed_precondition',
    `The journal of process ${pid} is damaged: ${what}. Restore the database from a backup, or start the agent anew.`,
    { disposition: 'operator', details: { pid, position } },
  );
}
