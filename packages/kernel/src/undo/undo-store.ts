import { checkpointId, type Pid, pid as pidSchema } from '@aios/protocol';
import type { Transaction } from 'kysely';
import { z } from 'zod';
import { type Database, type Tables, withFamily } from '../database/index.ts';
import { type FileTarget, fileTarget } from './file-plan.ts';

const filesSchema = z.array(fileTarget);

/** What was taken back, and the files that are to follow. */
export interface OpenUndo {
  readonly id: number;
  readonly pid: Pid;
  readonly tenant: string;
  /** Whose files they are. */
  readonly agent: string;
  readonly files: readonly FileTarget[];
}

export class UndoStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(
    transaction: Transaction<Tables>,
    undo: Omit<OpenUndo, 'id'> & { readonly checkpoint: number },
  ): Promise<OpenUndo> {
    const { id } = await transaction
      .insertInto('undos')
      .values({ ...undo, files: JSON.stringify(undo.files), at: Date.now(), done_at: null })
      .returning('id')
      .executeTakeFirstOrThrow();
    return { ...undo, id };
  }

  /** Those whose files have not followed yet, the oldest first. */
  async open(): Promise<OpenUndo[]> {
    const rows = await this.#database.reader
      .selectFrom('undos')
      .selectAll()
      .where('done_at', 'is', null)
      .orderBy('id')
      .execute();
    return rows.map(({ id, pid, tenant, agent, files }) => ({
      id,
      agent,
      pid: pidSchema.parse(pid),
      tenant,
      files: filesSchema.parse(JSON.parse(files)),
    }));
  }

  async close(id: number): Promise<void> {
    await this.#database.write((transaction) =>
      transaction.updateTable('undos').set({ done_at: Date.now() }).where('id', '=', id).execute(),
    );
  }

  /** The newest checkpoint of a process that its journal leads to. */
  async newestCheckpoint(pid: Pid) {
    const row = await this.#database.reader
      .selectFrom('context_checkpoints')
      .select('id')
      .where('pid', '=', pid)
      .where('cause', '=', 'request')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row && checkpointId.parse(row.id);
  }

  /** A process and all that descend from it. */
  async family(pid: Pid): Promise<Set<Pid>> {
    const rows = await withFamily(this.#database.reader, pid).selectFrom('family').select('pid').execute();
    return new Set(rows.map((row) => pidSchema.parse(row.pid)));
  }

  /** Notes that a family made after a checkpoint: of its agent those that are not within its mark, of others those after its time. */
  async notesSince(
    transaction: Transaction<Tables>,
    family: ReadonlySet<Pid>,
    { agent, at, ids, createdAt }: { agent: string; at: number; ids: readonly string[]; createdAt: number },
  ): Promise<string[]> {
    const rows = await transaction
      .selectFrom('notes')
      .select(['id', 'agent', 'created_at'])
      .where('pid', 'in', [...family])
      .where('created_at', '>=', Math.min(at, createdAt))
      .execute();
    const isLater = (row: (typeof rows)[number]) =>
      row.agent === agent
        ? row.created_at > at || (row.created_at === at && !ids.includes(row.id))
        : row.created_at > createdAt;
    return rows.filter(isLater).map(({ id }) => id);
  }
}
