import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { AiosError } from '@aios/protocol';

/** A step of the schema, from a file such as `migrations/sqlite/0001-foundation.sql`. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sha256: string;
  readonly sql: string;
}

/** A migration that a database says it went through. */
export type AppliedMigration = Omit<Migration, 'sql'>;

const fileName = /^(?<version>\d{4})-[a-z0-9-]+\.sql$/;

/** The table that records migrations, in the SQL of both drivers. */
export const createMigrationTable = `create table if not exists schema_migrations (
  version integer primary key, name text not null, sha256 text not null)`;

/** The migrations that this AIOS brings for a driver, oldest first. */
export async function loadMigrations(kind: 'sqlite' | 'postgresql'): Promise<Migration[]> {
  const folder = new URL(`./migrations/${kind}/`, import.meta.url);
  const names = (await readdir(folder)).filter((name) => fileName.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8');
      const sha256 = createHash('sha256').update(sql).digest('hex');
      return { version: Number(fileName.exec(name)?.groups?.version), name, sha256, sql };
    }),
  );
}

/** The migrations still to run. Throws where the database went through one that this AIOS does not know as it was. */
export function pendingMigrations(
  known: readonly Migration[],
  applied: readonly AppliedMigration[],
): Migration[] {
  const byVersion = new Map(known.map((migration) => [migration.version, migration]));
  for (const { version, name, sha256 } of applied) {
    const migration = byVersion.get(version);
    if (migration === undefined) {
      throw new AiosError(
        'failed_precondition',
        `The database was made by a newer AIOS (it has the migration ${name}, which this one does not know). ` +
          'Run that AIOS, or restore a backup made before the upgrade.',
        { disposition: 'operator' },
      );
    }
    if (migration.sha256 !== sha256) {
      throw new AiosError(
        'failed_precondition',
        `The migration ${migration.name} of this AIOS differs from the one that the database went through. ` +
          'Restore the file as it was released and put the change into a new migration.',
        { disposition: 'operator' },
      );
    }
    byVersion.delete(version);
  }
  return [...byVersion.values()];
}
