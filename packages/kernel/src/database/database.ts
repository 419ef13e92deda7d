import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './tables.ts';

/** Rows that can be looked at and not changed, whether a kernel runs or not. */
export interface DatabaseReader extends AsyncDisposable {
  readonly reader: Kysely<Tables>;
}

/** The rows of an installation, in SQLite or PostgreSQL. */
export interface Database extends AsyncDisposable {
  /**
   * Keeps other kernels off this database until it is disposed of, for there is one kernel to a database so far: a second
   * one would take the processes of the first for those of a crash. Throws `failed_precondition` while another has it.
   */
  claim(): Promise<AsyncDisposable>;
  readonly kind: 'sqlite' | 'postgresql';
  /** For queries that change nothing. Sees committed rows only. */
  readonly reader: Kysely<Tables>;
  /**
   * Runs a job in a transaction and resolves once it is on disk. A job that throws changes nothing. On SQLite the jobs
   * of one turn of the event loop share a commit, so a job must await nothing but its own queries.
   */
  write<Result>(job: (transaction: Transaction<Tables>) => Promise<Result>): Promise<Result>;
}
