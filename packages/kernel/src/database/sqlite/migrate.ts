import { z } from 'zod';
import { createMigrationTable, loadMigrations, pendingMigrations } from '../migrations.ts';
import type { SqliteConnection } from './connection.ts';

const appliedMigrations = z.array(z.object({ version: z.number(), name: z.string(), sha256: z.string() }));

/** Brings the schema up to date in one transaction and returns the names of the migrations that it ran. */
export async function migrateSqlite(connection: SqliteConnection): Promise<string[]> {
  const known = await loadMigrations('sqlite');
  // Nothing is awaited from here on, so that two who open the file in one process can’t wait for each other.
  connection.run('begin immediate');
  try {
    connection.run(createMigrationTable);
    const rows = connection.runNow('select version, name, sha256 from schema_migrations');
    const pending = pendingMigrations(known, appliedMigrations.parse(rows));
    for (const { version, name, sha256, sql } of pending) {
      connection.run(sql);
      connection.runNow(
        'insert into schema_migrations (version, name, sha256) values (?, ?, ?)',
        version,
        name,
        sha256,
      );
    }
    connection.run('commit');
    return pending.map((migration) => migration.name);
  } catch (error) {
    if (connection.inTransaction) connection.run('rollback');
    throw error;
  }
}
