import type { Pid } from '@aios/protocol';
import type { Kysely, Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import { type ChainEnd, emptyChain, hashRecord, type JournalRecord } from './record.ts';

/** A record that has no place in the chain yet. */
export type NewRecord = Omit<JournalRecord, 'position' | 'hash'>;

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

  /** The records of a process in their order, from a position on. */
  async read(pid: Pid, from: number): Promise<JournalRecord[]> {
    return await this.#database.reader
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
