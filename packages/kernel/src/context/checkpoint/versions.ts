// What a checkpoint notes of the world beside the conversation: which versions the files had that the process and its
// descendants wrote, and which of the agent's notes were the newest. A file that is not on record was first written by
// them later; a note that is newer than those on record was made later.

import type { ExpressionBuilder, Kysely } from 'kysely';
import { z } from 'zod';
import { type Tables, withFamily } from '../../database/index.ts';
import type { Subject } from './owner.ts';

const files = z.record(z.string(), z.number());
/** Notes have no order but their time: those made in the very millisecond of the newest are named. */
const noteMark = z.object({ at: z.number(), ids: z.array(z.string()) });

export type FileVersions = z.infer<typeof files>;
export type NoteMark = z.infer<typeof noteMark>;

export interface Versions {
  readonly files: FileVersions;
  readonly notes: NoteMark;
}

export function parseVersions(row: { files: string; notes: string }): Versions {
  return { files: files.parse(JSON.parse(row.files)), notes: noteMark.parse(JSON.parse(row.notes)) };
}

/** How many notes the agent made after one mark and up to another. */
export async function countNotesBetween(
  database: Kysely<Tables>,
  { tenant, user, agent }: Subject,
  from: NoteMark,
  to: NoteMark,
): Promise<number> {
  const { notes } = await database
    .selectFrom('notes')
    .select(({ fn }) => fn.countAll<number>().as('notes'))
    .where('tenant', '=', tenant)
    .where('user', '=', user)
    .where('agent', '=', agent)
    .where((eb) => eb.not(isWithin(eb, from)))
    .where((eb) => isWithin(eb, to))
    .executeTakeFirstOrThrow();
  return Number(notes);
}

/** Whether a note was there when the mark was made. */
function isWithin(eb: ExpressionBuilder<Tables, 'notes'>, { at, ids }: NoteMark) {
  const before = eb('created_at', '<', at);
  return ids.length === 0
    ? before
    : eb.or([before, eb.and([eb('created_at', '=', at), eb('id', 'in', ids)])]);
}

/** Files that one record has in another version than the other, or that only one has. */
export function changedFiles(
  from: FileVersions,
  to: FileVersions,
): { path: string; from?: number; to?: number }[] {
  const paths = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return paths.flatMap((path) => {
    const [before, after] = [from[path], to[path]];
    if (before === after) return [];
    return [
      { path, ...(before !== undefined && { from: before }), ...(after !== undefined && { to: after }) },
    ];
  });
}

export async function currentVersions(database: Kysely<Tables>, subject: Subject): Promise<Versions> {
  return { files: await currentFiles(database, subject), notes: await newestNotes(database, subject) };
}

async function currentFiles(database: Kysely<Tables>, { tenant, pid }: Subject): Promise<FileVersions> {
  const rows = await withFamily(database, pid)
    .selectFrom('file_versions')
    .select(({ fn }) => ['path', fn.max('version').as('version')])
    .where('tenant', '=', tenant)
    .where('path', 'in', (query) =>
      query
        .selectFrom('file_versions as written')
        .innerJoin('family', 'family.pid', 'written.pid')
        .select('written.path'),
    )
    .groupBy('path')
    .orderBy('path')
    .execute();
  return Object.fromEntries(rows.map(({ path, version }) => [path, version]));
}

async function newestNotes(database: Kysely<Tables>, subject: Subject): Promise<NoteMark> {
  const { tenant, user, agent } = subject;
  const notes = () =>
    database
      .selectFrom('notes')
      .where('tenant', '=', tenant)
      .where('user', '=', user)
      .where('agent', '=', agent);
  const newest = await notes().select('created_at').orderBy('created_at', 'desc').limit(1).executeTakeFirst();
  if (newest === undefined) return { at: 0, ids: [] };
  const rows = await notes().select('id').where('created_at', '=', newest.created_at).orderBy('id').execute();
  return { at: newest.created_at, ids: rows.map(({ id }) => id) };
}
