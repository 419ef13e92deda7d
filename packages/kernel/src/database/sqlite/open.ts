import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { AiosError } from '@aios/protocol';
import { Kysely } from 'kysely';
import type { Logger } from '../../telemetry/index.ts';
import type { Database, DatabaseReader } from '../database.ts';
import type { Tables } from '../tables.ts';
import { SqliteConnection } from './connection.ts';
import { sqliteDialect } from './dialect.ts';
import { GroupCommit } from './group-commit.ts';
import { migrateSqlite } from './migrate.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

/** Opens, or makes, the SQLite file of a home. */
export async function openSqlite(options: { home: string; logger: Logger }): Promise<Database> {
  const file = join(options.home, 'aios.db');
  makePrivate(options.home, file);
  const connection = new SqliteConnection(file, { readOnly: false });
  try {
    useWriteAheadLog(connection, file);
    const applied = await migrateSqlite(connection);
    options.logger.debug({ file, applied }, 'database opened');
    return assemble(file, connection, new SqliteConnection(file, { readOnly: true }));
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Opens the SQLite file of a home to look at it. */
export function readSqlite(home: string): DatabaseReader {
  const connection = new SqliteConnection(join(home, 'aios.db'), { readOnly: true });
  return {
    reader: new Kysely<Tables>({ dialect: sqliteDialect(connection) }),
    [Symbol.asyncDispose]: async () => connection.close(),
  };
}

function assemble(file: string, writing: SqliteConnection, reading: SqliteConnection): Database {
  const reader = new Kysely<Tables>({ dialect: sqliteDialect(reading) });
  const log = new WriteAheadLog(file);
  const commits = new GroupCommit(writing, new Kysely<Tables>({ dialect: sqliteDialect(writing) }), log);
  return {
    kind: 'sqlite',
    // The file lies in the home, which its kernel has locked.
    claim: async () => ({ [Symbol.asyncDispose]: async () => undefined }),
    reader,
    write: (job) => commits.write(job),
    async [Symbol.asyncDispose]() {
      await commits[Symbol.asyncDispose]();
      log[Symbol.dispose]();
      reading.close();
      writing.close();
    },
  };
}

/** Makes the home and an empty file that only their owner may read; what exists is left as it is. */
function makePrivate(home: string, file: string): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AiosError(
      'unavailable',
      `The database ${file} can’t be written (${reason}). Make the home writable for the user that runs AIOS and ` +
        'check that its disk has room, or choose another with AIOS_HOME.',
      { cause: error, disposition: 'operator' },
    );
  }
}

function useWriteAheadLog(connection: SqliteConnection, file: string): void {
  const [answer] = connection.runNow('pragma journal_mode = wal');
  if (answer?.journal_mode !== 'wal') {
    throw new AiosError(
      'unavailable',
      `The database ${file} lies on a file system without shared memory, such as a network share. ` +
        'Put AIOS_HOME on a local disk, or use PostgreSQL with DATABASE_URL.',
      { disposition: 'operator' },
    );
  }
  // GroupCommit syncs the log itself before it tells anybody that something is written.
  connection.run('pragma synchronous = normal');
}
