// Where the files of a process were at a checkpoint, and what became of them since.

import type { Pid } from '@aios/protocol';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Tables } from '../database/index.ts';
import type { FileRestorer } from '../storage/index.ts';

export const fileTarget = z.object({ path: z.string(), to: z.union([z.number(), z.literal('absent')]) });
export type FileTarget = z.infer<typeof fileTarget>;

export interface PlannedFile extends FileTarget {
  /** Who else changed it since. */
  readonly others: readonly string[];
}

interface Question {
  readonly tenant: string;
  /** The process and those that descend from it. */
  readonly family: ReadonlySet<Pid>;
  /** Versions at the checkpoint of the files that they had written by then. */
  readonly versions: Readonly<Record<string, number>>;
}

interface VersionRow {
  readonly path: string;
  readonly version: number;
  readonly pid: number | null;
  readonly author: string;
  readonly sha256: string;
}

/** The files that are other ones now than they were. */
export async function planFiles(
  database: Kysely<Tables>,
  restorer: FileRestorer,
  question: Question,
): Promise<PlannedFile[]> {
  const rows = await versionsOf(database, question);
  const planned: PlannedFile[] = [];
  for (const [path, versions] of Map.groupBy(rows, (row) => row.path)) {
    const file = await planFile(restorer, question, path, versions);
    if (file !== undefined) planned.push(file);
  }
  return planned.sort((left, right) => (left.path < right.path ? -1 : 1));
}

async function planFile(
  restorer: FileRestorer,
  { tenant, family, versions: then }: Question,
  path: string,
  versions: readonly VersionRow[],
): Promise<PlannedFile | undefined> {
  const isOurs = ({ pid }: VersionRow) => pid !== null && family.has(pid as Pid);
  const first = versions.find(isOurs);
  // One that was not on record was first written by them later: it was what it was before that.
  const base = then[path] ?? (first?.version ?? 1) - 1;
  const later = versions.filter(({ version }) => version > base);
  if (!later.some(isOurs)) return undefined;
  const target = versions.find(({ version }) => version === base);
  const latest = versions.at(-1);
  const content = await restorer.contentOf({ tenant, path });
  if (content === target?.sha256) return undefined;
  const others = later.filter((row) => !isOurs(row)).map(({ author }) => author);
  if (content !== latest?.sha256) others.push('outside');
  return { path, to: base === 0 ? 'absent' : base, others: [...new Set(others)] };
}

/** All versions of the files that the family wrote, the oldest first. */
async function versionsOf(database: Kysely<Tables>, { tenant, family }: Question): Promise<VersionRow[]> {
  return await database
    .selectFrom('file_versions')
    .select(['path', 'version', 'pid', 'author', 'sha256'])
    .where('tenant', '=', tenant)
    .where('path', 'in', (query) =>
      query
        .selectFrom('file_versions as written')
        .select('written.path')
        .where('written.pid', 'in', [...family]),
    )
    .orderBy('path')
    .orderBy('version')
    .execute();
}
