import type { Selectable, Transaction } from 'kysely';
import { z } from 'zod';
import type { Database, Tables } from '../database/index.ts';
import type { NoteOwner } from './owner.ts';

/** A note, without its owner. */
export interface Note {
  readonly id: string;
  readonly content: string;
  readonly context: string;
  readonly keywords: string[];
  readonly tags: string[];
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

const words = z.array(z.string());

/** The rows of notes. */
export class NoteStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async insert(
    owner: NoteOwner,
    note: Note,
    pid: number | undefined,
    transaction: Transaction<Tables>,
  ): Promise<void> {
    await transaction
      .insertInto('notes')
      .values({
        id: note.id,
        ...owner,
        content: note.content,
        context: note.context,
        keywords: JSON.stringify(note.keywords),
        tags: JSON.stringify(note.tags),
        created_at: note.createdAt,
        pid: pid ?? null,
      })
      .execute();
  }

  async find(owner: NoteOwner, ids: readonly string[]): Promise<Note[]> {
    if (ids.length === 0) return [];
    const rows = await this.#notesOf(owner).where('id', 'in', ids).selectAll().execute();
    return rows.map(noteOf);
  }

  /** The notes that carry all of the tags. */
  async idsWithTags(owner: NoteOwner, tags: readonly string[]): Promise<string[]> {
    const rows = await this.#notesOf(owner).where('tags', '!=', '[]').select(['id', 'tags']).execute();
    return rows
      .filter((row) => {
        const carried = new Set(words.parse(JSON.parse(row.tags)));
        return tags.every((tag) => carried.has(tag));
      })
      .map(({ id }) => id);
  }

  #notesOf({ tenant, user, agent }: NoteOwner) {
    return this.#database.reader
      .selectFrom('notes')
      .where('tenant', '=', tenant)
      .where('user', '=', user)
      .where('agent', '=', agent);
  }
}

function noteOf(row: Selectable<Tables['notes']>): Note {
  return {
    id: row.id,
    content: row.content,
    context: row.context,
    keywords: words.parse(JSON.parse(row.keywords)),
    tags: words.parse(JSON.parse(row.tags)),
    createdAt: row.created_at,
  };
}
