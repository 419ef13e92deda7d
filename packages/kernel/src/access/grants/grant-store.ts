import type { Selectable, Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';

export type GrantRow = Selectable<Tables['grants']>;

/** The rows of decisions. */
export class GrantStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async all(): Promise<GrantRow[]> {
    return await this.#database.reader.selectFrom('grants').selectAll().execute();
  }

  /** The later decision stands. */
  async put(transaction: Transaction<Tables>, rows: readonly GrantRow[]): Promise<void> {
    for (const row of rows) {
      const { decision, irreversible, decided_at } = row;
      await transaction
        .insertInto('grants')
        .values(row)
        .onConflict((conflict) =>
          conflict
            .columns(['tenant', 'owner', 'agent', 'pid', 'permission'])
            .doUpdateSet({ decision, irreversible, decided_at }),
        )
        .execute();
    }
  }

  async remove(transaction: Transaction<Tables>, rows: readonly GrantRow[]): Promise<void> {
    for (const { tenant, owner, agent, pid, permission } of rows) {
      await transaction
        .deleteFrom('grants')
        .where('tenant', '=', tenant)
        .where('owner', '=', owner)
        .where('agent', '=', agent)
        .where('pid', '=', pid)
        .where('permission', '=', permission)
        .execute();
    }
  }

  /** What was decided for the time of a process. */
  async removeOf(transaction: Transaction<Tables>, pid: number): Promise<void> {
    await transaction.deleteFrom('grants').where('pid', '=', pid).execute();
  }
}
