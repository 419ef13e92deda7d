import { type Pid, pid as pidSchema } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import { finalStates } from '../lifecycle/index.ts';

/** What is on record of the process of a service. */
export interface ServiceProcess {
  readonly pid: Pid;
  readonly hasSucceeded: boolean;
  /** Whether it is alive, or is to be started again. */
  readonly isThere: boolean;
}

/** Which process each service is. */
export class ServiceStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The process that was started for a service last, or the one that took its place since. */
  async find(name: string): Promise<ServiceProcess | undefined> {
    const { reader } = this.#database;
    const service = await reader
      .selectFrom('services')
      .select('pid')
      .where('name', '=', name)
      .executeTakeFirst();
    if (service === undefined) return undefined;
    let row = await reader
      .selectFrom('processes')
      .selectAll()
      .where('pid', '=', service.pid)
      .executeTakeFirst();
    while (row !== undefined) {
      const next = await reader
        .selectFrom('processes')
        .selectAll()
        .where('replaces', '=', row.pid)
        .executeTakeFirst();
      if (next === undefined) break;
      row = next;
    }
    if (row === undefined) return undefined;
    const { state, restart_at: restartAt } = row;
    return {
      pid: pidSchema.parse(row.pid),
      hasSucceeded: state === 'succeeded',
      isThere: restartAt !== null || !finalStates.some((final) => final === state),
    };
  }

  /** Puts on record what `job` starts for a service. */
  async start(
    name: string,
    job: (transaction: Transaction<Tables>) => Promise<{ pid: Pid }>,
  ): Promise<{ pid: Pid }> {
    return await this.#database.write(async (transaction) => {
      const { pid } = await job(transaction);
      await transaction
        .insertInto('services')
        .values({ name, pid })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ pid }))
        .execute();
      return { pid };
    });
  }
}
