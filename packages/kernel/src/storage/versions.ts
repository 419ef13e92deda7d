import { AiosError, type FileVersion } from '@aios/protocol';
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from '../database/index.ts';
import type { Caller } from '../syscall/index.ts';

export interface FilePath {
  readonly tenant: string;
  readonly path: string;
}

/** Who made a version. */
export interface Author {
  readonly author: string;
  readonly pid?: number;
}

export function authorOf(caller: Caller): Author {
  if (caller.process === undefined) return { author: `user:${caller.user}` };
  return { author: caller.process.agent, pid: caller.process.pid };
}

/** The versions of a file, newest first. */
export async function listVersions(reader: Kysely<Tables>, file: FilePath): Promise<FileVersion[]> {
  const rows = await selectVersions(reader, file).orderBy('version', 'desc').execute();
  return rows.map(toVersion);
}

export async function latestVersion(
  reader: Kysely<Tables>,
  file: FilePath,
): Promise<FileVersion | undefined> {
  const row = await selectVersions(reader, file).orderBy('version', 'desc').limit(1).executeTakeFirst();
  return row && toVersion(row);
}

/** A version of a file; throws `not_found`, naming the versions that there are. */
export async function getVersion(
  reader: Kysely<Tables>,
  file: FilePath,
  version: number,
): Promise<FileVersion> {
  const row = await selectVersions(reader, file).where('version', '=', version).executeTakeFirst();
  if (row !== undefined) return toVersion(row);
  const latest = await latestVersion(reader, file);
  const known =
    latest === undefined ? 'AIOS has no version of it yet' : `it has the versions 1 to ${latest.version}`;
  throw new AiosError('not_found', `${file.path} has no version ${version}: ${known}.`);
}

export async function insertVersion(
  transaction: Transaction<Tables>,
  file: FilePath,
  version: Omit<FileVersion, 'createdAt'>,
): Promise<void> {
  await transaction
    .insertInto('file_versions')
    .values({
      tenant: file.tenant,
      path: file.path,
      version: version.version,
      sha256: version.sha256,
      size_bytes: version.sizeBytes,
      cause: version.cause,
      author: version.author,
      pid: version.pid ?? null,
      created_at: Date.now(),
    })
    .execute();
}

function selectVersions(reader: Kysely<Tables>, { tenant, path }: FilePath) {
  return reader.selectFrom('file_versions').selectAll().where('tenant', '=', tenant).where('path', '=', path);
}

const causes: readonly FileVersion['cause'][] = ['write', 'rollback', 'outside'];

function toVersion(
  row: Awaited<ReturnType<ReturnType<typeof selectVersions>['executeTakeFirstOrThrow']>>,
): FileVersion {
  const cause = causes.find((known) => known === row.cause);
  if (cause === undefined)
    throw new Error(`Version ${row.version} of ${row.path} has the unknown cause ${row.cause}.`);
  return {
    version: row.version,
    sha256: row.sha256,
    sizeBytes: row.size_bytes,
    createdAt: new Date(row.created_at).toISOString(),
    cause,
    author: row.author,
    ...(row.pid !== null && { pid: row.pid }),
  };
}
