import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

/** The database of an installation, seen without its kernel. */
export interface Rows extends AsyncDisposable {
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Names of the tables of AIOS. */
  tables(): Promise<string[]>;
}

/** Opens it where `bootInstallation` and `aios up` put it: in PostgreSQL, else in the home. */
export async function openRows(home: string, databaseUrl: string | undefined): Promise<Rows> {
  return databaseUrl === undefined ? openSqlite(home) : await openPostgres(databaseUrl);
}

function openSqlite(home: string): Rows {
  const database = new DatabaseSync(join(home, 'aios.db'));
  const query = async (sql: string) => database.prepare(sql).all();
  return {
    query,
    tables: async () =>
      // The rest belongs to SQLite and to its full-text search.
      namesOf(
        await query(
          `select name from sqlite_master where type = 'table'
           and name not like 'sqlite\\_%' escape '\\' and name not like '%\\_index%' escape '\\'`,
        ),
      ),
    [Symbol.asyncDispose]: async () => database.close(),
  };
}

async function openPostgres(connectionString: string): Promise<Rows> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const query = async (sql: string): Promise<Record<string, unknown>[]> => (await client.query(sql)).rows;
  return {
    query,
    tables: async () =>
      namesOf(
        await query(`select table_name as name from information_schema.tables where table_schema = 'public'`),
      ),
    [Symbol.asyncDispose]: () => client.end(),
  };
}

function namesOf(rows: readonly Record<string, unknown>[]): string[] {
  return rows.map(({ name }) => String(name));
}
