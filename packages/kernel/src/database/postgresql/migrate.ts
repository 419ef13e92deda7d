import { type Kysely, sql } from 'kysely';
import {
  type AppliedMigration,
  createMigrationTable,
  loadMigrations,
  pendingMigrations,
} from '../migrations.ts';
import type { Tables } from '../tables.ts';

/** Any number that no other program is likely to lock: the letters AIOS. */
const lockNumber = 0x41494f53;

/** Brings the schema up to date in one transaction; nodes that start at once take turns. */
export async function migratePostgres(kysely: Kysely<Tables>): Promise<string[]> {
  const known = await loadMigrations('postgresql');
  return await kysely.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${lockNumber})`.execute(transaction);
    await sql.raw(createMigrationTable).execute(transaction);
    const applied = await sql<AppliedMigration>`select version, name, sha256 from schema_migrations`.execute(
      transaction,
    );
    const pending = pendingMigrations(known, applied.rows);
    for (const migration of pending) {
      const { version, name, sha256 } = migration;
      await sql.raw(migration.sql).execute(transaction);
      await sql`insert into schema_migrations (version, name, sha256) values (${version}, ${name}, ${sha256})`.execute(
        transaction,
      );
    }
    return pending.map((migration) => migration.name);
  });
}
