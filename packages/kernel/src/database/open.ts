import type { Logger } from '../telemetry/index.ts';
import type { Database, DatabaseReader } from './database.ts';
import { isPostgresUniqueViolation } from './postgresql/errors.ts';
import { isSqliteUniqueViolation } from './sqlite/errors.ts';
import { openSqlite, readSqlite } from './sqlite/open.ts';

export interface DatabaseOptions {
  /** Folder of the installation; holds `aios.db` where no URL is given. */
  readonly home: string;
  /** `postgres://…`; SQLite when absent. */
  readonly url?: string;
  readonly logger: Logger;
}

/**
 * Opens the database of an installation and brings its schema up to date. Throws `unavailable` where it can’t be reached or
 * written, `failed_precondition` where it belongs to a newer AIOS.
 */
export async function openDatabase({ home, url, logger }: DatabaseOptions): Promise<Database> {
  if (url === undefined) return openSqlite({ home, logger });
  const { openPostgres } = await import('./postgresql/open.ts');
  return openPostgres({ url, logger });
}

/** Opens the database as it is, to look at it only. Throws `unavailable` where there is none or it can’t be reached. */
export async function openDatabaseReader({ home, url, logger }: DatabaseOptions): Promise<DatabaseReader> {
  if (url === undefined) return readSqlite(home);
  const { readPostgres } = await import('./postgresql/open.ts');
  return readPostgres({ url, logger });
}

/** Whether a write failed because a row with this key exists. */
export function isUniqueViolation(error: unknown): boolean {
  return isSqliteUniqueViolation(error) || isPostgresUniqueViolation(error);
}
