import { type Dialect, type Driver, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { SqliteConnection } from './connection.ts';

/** Kysely’s SQLite dialect over one connection of node:sqlite, which the caller closes. */
export function sqliteDialect(connection: SqliteConnection): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createDriver: () => sqliteDriver(connection),
  };
}

function sqliteDriver(connection: SqliteConnection): Driver {
  const nothing = async () => undefined;
  return {
    init: nothing,
    acquireConnection: async () => connection,
    // Immediate: a transaction that reads first and writes later would fail instead of waiting for another writer.
    beginTransaction: async () => connection.runPrepared('begin immediate'),
    commitTransaction: async () => connection.runPrepared('commit'),
    rollbackTransaction: async () => {
      if (connection.inTransaction) connection.run('rollback');
    },
    releaseConnection: nothing,
    destroy: nothing,
  };
}
