import { z } from 'zod';
import type { Database } from '../database/index.ts';
import type { Logger } from '../telemetry/index.ts';
import type { LearnedWork } from './scheduler.ts';

const sizesSchema = z.array(z.number().nonnegative());

/** Keeps what the scheduler learns over a restart. Nobody waits for it: of what a burst teaches, the last is written. */
export class LearnedWorkStore implements AsyncDisposable {
  /** What earlier runs learned, that of long ago first. */
  readonly known: readonly LearnedWork[];
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #pending = new Map<string, LearnedWork>();
  #writing: Promise<void> | undefined;

  private constructor(known: readonly LearnedWork[], database: Database, logger: Logger) {
    this.known = known;
    this.#database = database;
    this.#logger = logger;
  }

  static async open(database: Database, logger: Logger): Promise<LearnedWorkStore> {
    const rows = await database.reader.selectFrom('learned_work').selectAll().orderBy('updated_at').execute();
    const known = rows.map(({ resource, agent, sizes }) => ({
      resource,
      agent,
      sizes: sizesSchema.parse(JSON.parse(sizes)),
    }));
    return new LearnedWorkStore(known, database, logger);
  }

  readonly keep = (work: LearnedWork): void => {
    this.#pending.set(`${work.resource} ${work.agent}`, work);
    this.#writing ??= this.#writeAll();
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    // What is learned in the same turn is written together.
    await undefined;
    while (this.#pending.size > 0) {
      const rows = [...this.#pending.values()].map(({ resource, agent, sizes }) => ({
        resource,
        agent,
        sizes: JSON.stringify(sizes),
        updated_at: Date.now(),
      }));
      this.#pending.clear();
      await this.#write(rows).catch((error: unknown) => {
        this.#logger.error(
          { error },
          'what the scheduler learned could not be written and is lost at the next start',
        );
      });
    }
    this.#writing = undefined;
  }

  async #write(
    rows: { resource: string; agent: string; sizes: string; updated_at: number }[],
  ): Promise<void> {
    await this.#database.write(async (transaction) => {
      await transaction
        .insertInto('learned_work')
        .values(rows)
        .onConflict((conflict) =>
          conflict.columns(['resource', 'agent']).doUpdateSet(({ ref }) => ({
            sizes: ref('excluded.sizes'),
            updated_at: ref('excluded.updated_at'),
          })),
        )
        .execute();
    });
  }
}
