import type { Kysely, Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import type { Subject } from './flows.ts';

/** Of a process more are not told apart. */
const maxSources = 50;
const rowsPerStatement = 500;

/** What is marked as holding untrusted data, and where that came from. Marks are only ever added. */
export class MarkStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The tenants that have any mark. */
  async tenants(): Promise<string[]> {
    const rows = await this.#database.reader
      .selectFrom('untrusted_marks')
      .select('tenant')
      .distinct()
      .execute();
    return rows.map(({ tenant }) => tenant);
  }

  /** Where the untrusted data in any of the subjects came from. */
  async sourcesOf(tenant: string, subjects: readonly Subject[]): Promise<string[]> {
    const sources = new Set<string>();
    for (const [kind, group] of Map.groupBy(subjects, (subject) => subject.kind)) {
      const names = [...new Set(group.map(({ name }) => name))];
      for (let start = 0; start < names.length; start += rowsPerStatement) {
        const part = names.slice(start, start + rowsPerStatement);
        const rows = await this.#marksOf(tenant, kind, part);
        for (const { source } of rows) sources.add(source);
      }
    }
    return [...sources].sort().slice(0, maxSources);
  }

  async #marksOf(tenant: string, kind: string, names: readonly string[]) {
    return await this.#database.reader
      .selectFrom('untrusted_marks')
      .select('source')
      .distinct()
      .where('tenant', '=', tenant)
      .where('kind', '=', kind)
      .where('name', 'in', names)
      .execute();
  }

  async mark(
    transaction: Transaction<Tables>,
    tenant: string,
    subjects: readonly { readonly kind: string; readonly name: string }[],
    sources: readonly string[],
  ): Promise<void> {
    const now = Date.now();
    const rows = subjects.flatMap(({ kind, name }) =>
      sources.map((source) => ({ tenant, kind, name, source, marked_at: now })),
    );
    for (let start = 0; start < rows.length; start += rowsPerStatement) {
      await transaction
        .insertInto('untrusted_marks')
        .values(rows.slice(start, start + rowsPerStatement))
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  }

  /** Whether something of this name is marked. */
  async has(tenant: string, kind: string, name: string): Promise<boolean> {
    const row = await one(this.#database.reader, tenant, kind, name);
    return row !== undefined;
  }
}

function one(queries: Kysely<Tables>, tenant: string, kind: string, name: string) {
  return queries
    .selectFrom('untrusted_marks')
    .select('name')
    .where('tenant', '=', tenant)
    .where('kind', '=', kind)
    .where('name', '=', name)
    .limit(1)
    .executeTakeFirst();
}
