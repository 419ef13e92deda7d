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

  async append(transaction: Transaction<Tables>, record: NewRecord): Promise<void> {
    const end = await chainEnd(transaction, record.pid);
    const placed = { ...record, position: end.position + 1 };
    await transaction
      .insertInto('journal_records')
      .values({ ...placed, hash: hashRecord(end.hash, placed) })
      .execute();
  }

  /** The records of a process in their order. */
  async read(pid: Pid): Promise<JournalRecord[]> {
    return await this.#database.reader
      .selectFrom('journal_records')
      .selectAll()
      .where('pid', '=', pid)
      .orderBy('position')
      .execute();
  }
}

async function chainEnd(queries: Kysely<Tables>, pid: number): Promise<ChainEnd> {
  const last = await queries
    .selectFrom('journal_records')
    .select(['position', 'hash'])
    .where('pid', '=', pid)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last ?? emptyChain;
}
