import {
  type AppliedMigration,
  createMigrationTable,
  loadMigrations,
  pendingMigrations,
} from '../migrations.ts';
import type { Client } from './dialect.ts';

/** Any number that no other program is likely to lock: the letters AIOS. */
const lockNumber = 0x41494f53;

/** Brings the schema up to date in one transaction; nodes that start at once take turns. */
export async function migratePostgres(client: Client): Promise<string[]> {
  const known = await loadMigrations('postgresql');
  return client.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(${lockNumber})`;
    await transaction.unsafe(createMigrationTable);
    const applied = await transaction<
      AppliedMigration[]
    >`select version, name, sha256 from schema_migrations`;
    const pending = pendingMigrations(known, applied);
    for (const { version, name, sha256, sql } of pending) {
      await transaction.unsafe(sql);
      await transaction`insert into schema_migrations (version, name, sha256) values (${version}, ${name}, ${sha256})`;
    }
    return pending.map((migration) => migration.name);
  });
}
