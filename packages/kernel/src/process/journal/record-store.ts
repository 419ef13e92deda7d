import type { Pid } from '@aios/protocol';
import type { Kysely, Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import { type ChainEnd, emptyChain, hashRecord, type JournalRecord } from './record.ts';

/** A record that has no place in the chain yet. */
export type NewRecord = Omit<JournalRecord, 'position' | 'hash'>;

/** Within what both databases take in one statement. */
const rowsPerInsert = 100;

/** The rows of journals. Whoever adds one has checked the fence in the same transaction, which keeps others off the chain. */
export class RecordStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Gives the position of the record. */
  async append(transaction: Transaction<Tables>, record: NewRecord): Promise<number> {
    return await this.appendAfter(transaction, await chainEnd(transaction, record.pid), record);
  }

  /** For a record that tells of the end of the chain which it follows. */
  async appendAfter(transaction: Transaction<Tables>, end: ChainEnd, record: NewRecord): Promise<number> {
    const placed = { ...record, position: end.position + 1 };
    await transaction
      .insertInto('journal_records')
      .values({ ...placed, hash: hashRecord(end.hash, placed) })
      .execute();
    return placed.position;
  }

  /** Gives records to another process as the first ones of its chain, which follows `before`. */
  async copy(
    transaction: Transaction<Tables>,
    records: readonly JournalRecord[],
    before: ChainEnd,
    to: Pid,
  ): Promise<void> {
    let end: ChainEnd = { position: 0, hash: before.hash };
    const copies: JournalRecord[] = [];
    for (const record of records) {
      const { hash: _hash, ...fields } = record;
      const copy = { ...fields, pid: to, position: end.position + 1, used_tokens: 0, used_nano_usd: 0 };
      end = { position: copy.position, hash: hashRecord(end.hash, copy) };
      copies.push({ ...copy, hash: end.hash });
    }
    for (let from = 0; from < copies.length; from += rowsPerInsert) {
      await transaction
        .insertInto('journal_records')
        .values(copies.slice(from, from + rowsPerInsert))
        .execute();
    }
  }

  /** The records of a process in their order, from a position on. */
  async read(
    pid: Pid,
    from: number,
    queries: Kysely<Tables> = this.#database.reader,
  ): Promise<JournalRecord[]> {
    return await queries
      .selectFrom('journal_records')
      .selectAll()
      .where('pid', '=', pid)
      .where('position', '>=', from)
      .orderBy('position')
      .execute();
  }

  /** Drops the runs of a process before its present one, but for the newest so many. */
  async dropRuns(transaction: Transaction<Tables>, pid: Pid, keep: number): Promise<void> {
    const oldest = await transaction
      .selectFrom('journal_records')
      .select('position')
      .where('pid', '=', pid)
      .where('kind', '=', 'run')
      .orderBy('position', 'desc')
      .offset(keep)
      .limit(1)
      .executeTakeFirst();
    if (oldest === undefined) return;
    await transaction
      .deleteFrom('journal_records')
      .where('pid', '=', pid)
      .where('position', '<', oldest.position)
      .execute();
  }
}

/** What the next record of a process follows. */
export async function chainEnd(queries: Kysely<Tables>, pid: number): Promise<ChainEnd> {
  const last = await queries
    .selectFrom('journal_records')
    .select(['position', 'hash'])
    .where('pid', '=', pid)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last ?? emptyChain;
}
