import { setImmediate as nextTurn } from 'node:timers/promises';
import { AiosError } from '@aios/protocol';
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from '../tables.ts';
import type { SqliteConnection } from './connection.ts';
import type { WriteAheadLog } from './write-ahead-log.ts';

interface Job {
  /** Does the work and returns what tells the caller, to be called once it is on disk. */
  run(transaction: Transaction<Tables>): Promise<() => void>;
  reject(error: unknown): void;
}

/** Bounds how long the first of a group waits for the last. */
const maximumJobs = 1000;

/**
 * Runs write jobs one after the other and commits those that came in the same turn of the event loop, or while the group
 * before was being written, together: the disk is waited for once, off the JavaScript thread. Each job has its own
 * savepoint. Readers see a commit a moment before it is on disk; its writer hears of it when it is.
 */
export class GroupCommit implements AsyncDisposable {
  readonly #connection: SqliteConnection;
  readonly #writer: Kysely<Tables>;
  readonly #log: WriteAheadLog;
  #queue: Job[] = [];
  #flushing: Promise<void> | undefined;
  #closed = false;

  constructor(connection: SqliteConnection, writer: Kysely<Tables>, log: WriteAheadLog) {
    this.#connection = connection;
    this.#writer = writer;
    this.#log = log;
  }

  write<Result>(job: (transaction: Transaction<Tables>) => Promise<Result>): Promise<Result> {
    if (this.#closed) {
      return Promise.reject(
        new AiosError('unavailable', 'The kernel is closing and writes nothing any more. Try again later.'),
      );
    }
    return new Promise((resolve, reject) => {
      const run = async (transaction: Transaction<Tables>) => {
        const result = await job(transaction);
        return () => resolve(result);
      };
      this.#queue.push({ run, reject });
      this.#flushing ??= this.#flushAll();
    });
  }

  /** Writes what is queued, then takes no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#flushing;
  }

  async #flushAll(): Promise<void> {
    while (this.#queue.length > 0) {
      await nextTurn();
      const group = this.#queue.splice(0, maximumJobs);
      try {
        const committed = await this.#commit(group);
        if (committed.length > 0) await this.#log.sync();
        for (const tellCaller of committed) tellCaller();
      } catch (error) {
        for (const job of group) job.reject(error);
      }
    }
    this.#flushing = undefined;
  }

  #commit(group: Job[]): Promise<(() => void)[]> {
    return this.#writer.transaction().execute(async (transaction) => {
      const [first] = group;
      // One that is alone needs no savepoint: it fails with the whole transaction.
      if (first !== undefined && group.length === 1) return [await first.run(transaction)];
      const done: (() => void)[] = [];
      for (const job of group) {
        const tellCaller = await this.#runOne(job, transaction);
        if (tellCaller !== undefined) done.push(tellCaller);
      }
      return done;
    });
  }

  async #runOne(job: Job, transaction: Transaction<Tables>): Promise<(() => void) | undefined> {
    this.#connection.runPrepared('savepoint job');
    try {
      const tellCaller = await job.run(transaction);
      this.#connection.runPrepared('release job');
      return tellCaller;
    } catch (error) {
      // A full or failing disk makes SQLite undo the whole transaction, and the neighbours’ work with it.
      if (!this.#connection.inTransaction) throw error;
      this.#connection.run('rollback to job');
      this.#connection.runPrepared('release job');
      job.reject(error);
      return undefined;
    }
  }
}
