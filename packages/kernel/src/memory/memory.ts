import { randomUUID } from 'node:crypto';
import { AiosError, type ScoredNote, type SyscallInput } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../database/index.ts';
import type { TextIndex } from '../search/index.ts';
import { type Caller, type Commit, type HandlersOf, handle } from '../syscall/index.ts';
import { type Note, NoteStore } from './note-store.ts';
import { type NoteOwner, noteKey, ownerPrefix, shelfOf } from './owner.ts';
import { searchablePassages } from './searchable.ts';

export interface MemoryOptions {
  readonly database: Database;
  readonly textIndex: TextIndex;
}

export interface Memory {
  readonly handlers: HandlersOf<'memory'>;
  /** Removes notes as if they had never been made; gives how many there were. */
  remove(transaction: Transaction<Tables>, ids: readonly string[]): Promise<number>;
}

export function createMemory({ database, textIndex }: MemoryOptions): Memory {
  const store = new NoteStore(database);

  async function add(
    owner: NoteOwner,
    pid: number | undefined,
    input: SyscallInput<'memory.add'>,
    commit: Commit<{ id: string }>,
  ): Promise<{ id: string }> {
    refuseNul([input.content, input.context, ...input.keywords, ...input.tags]);
    const note: Note = { ...input, id: randomUUID(), createdAt: Date.now() };
    // One transaction: a note that cannot be found would be as good as lost.
    return await commit(async (transaction) => {
      await store.insert(owner, note, pid, transaction);
      const document = {
        key: noteKey(owner, note.id),
        fingerprint: note.id,
        passages: searchablePassages(note),
      };
      await textIndex.put({ ...shelfOf(owner), ...document }, transaction);
      return { id: note.id };
    });
  }

  async function search(
    owner: NoteOwner,
    { query, limit, tags = [] }: SyscallInput<'memory.search'>,
  ): Promise<{ notes: ScoredNote[] }> {
    const keys =
      tags.length === 0 ? undefined : (await store.idsWithTags(owner, tags)).map((id) => noteKey(owner, id));
    if (keys?.length === 0) return { notes: [] };
    const scores = await bestNotes(owner, query, limit, keys);
    const notes = await store.find(owner, [...scores.keys()]);
    const scored = notes.map((note) => ({
      ...note,
      agent: owner.agent,
      createdAt: new Date(note.createdAt).toISOString(),
      score: scores.get(note.id) ?? 0,
    }));
    return { notes: scored.sort((left, right) => right.score - left.score) };
  }

  /** The best score of each of the best notes, by id. */
  async function bestNotes(
    owner: NoteOwner,
    query: string,
    limit: number,
    keys: readonly string[] | undefined,
  ): Promise<Map<string, number>> {
    const prefix = ownerPrefix(owner);
    for (let passages = limit * 2; ; passages *= 4) {
      const request = {
        ...shelfOf(owner),
        prefix,
        query,
        limit: passages,
        ...(keys !== undefined && { keys }),
      };
      const found = await textIndex.search(request);
      const scores = new Map<string, number>();
      for (const { key, score } of found) {
        const id = key.slice(prefix.length + 1);
        if (scores.size < limit && !scores.has(id)) scores.set(id, score);
      }
      // Long notes may take up many passages, and leave others out.
      if (scores.size === limit || found.length < passages) return scores;
    }
  }

  async function remove(transaction: Transaction<Tables>, ids: readonly string[]): Promise<number> {
    for (const id of ids) {
      const owner = await transaction
        .deleteFrom('notes')
        .where('id', '=', id)
        .returning(['tenant', 'user', 'agent'])
        .executeTakeFirst();
      if (owner !== undefined) await textIndex.remove(shelfOf(owner), [noteKey(owner, id)], transaction);
    }
    return ids.length;
  }

  return {
    remove,
    handlers: {
      'memory.add': handle((input, { caller, commit }) =>
        add(ownerOf(caller), caller.process?.pid, input, commit),
      ),
      'memory.search': handle((input, { caller }) => search(ownerOf(caller), input)),
    },
  };
}

function ownerOf({ tenant, user, process }: Caller): NoteOwner {
  return { tenant, user, agent: process?.agent ?? `user:${user}` };
}

function refuseNul(texts: readonly string[]): void {
  if (!texts.some((text) => text.includes('\0'))) return;
  throw new AiosError(
    'invalid_argument',
    'A note must not hold NUL characters: PostgreSQL can’t store them. Leave them out.',
  );
}
