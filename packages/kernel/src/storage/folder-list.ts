import type { Stats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AiosError, type FileEntry } from '@aios/protocol';
import { systemCode, unlessMissing, withFileErrors } from './file-errors.ts';
import { isTemporary } from './file-replacer.ts';
import { locateExisting } from './locate.ts';
import { childPath } from './mount.ts';
import type { MountTable } from './mount-table.ts';

interface ListOptions {
  readonly recursive: boolean;
  readonly limit: number;
  readonly signal: AbortSignal;
  /** Whether the caller may look into a folder. */
  allows(path: string): boolean;
}

interface Entry extends FileEntry {
  readonly isLink: boolean;
}

/** What a folder of the tree holds, by name: what is in its mount and the mounts that stand in it. */
export async function listFolder(
  mounts: MountTable,
  tenant: string,
  path: string,
  options: ListOptions,
): Promise<{ entries: FileEntry[]; truncated: boolean }> {
  const found: FileEntry[] = [];
  for await (const entry of entriesOf(mounts, tenant, path, options)) {
    if (found.length === options.limit) return { entries: found, truncated: true };
    found.push(entry);
  }
  return { entries: found, truncated: false };
}

async function* entriesOf(
  mounts: MountTable,
  tenant: string,
  path: string,
  options: ListOptions,
): AsyncGenerator<FileEntry> {
  options.signal.throwIfAborted();
  const mountNames = await namesOfMountsIn(mounts, tenant, path);
  const names = new Set([...mountNames, ...(await namesInFolder(mounts, tenant, path, mountNames.size > 0))]);
  for (const name of [...names].sort()) {
    const child = childPath(path, name);
    const entry = await describe(mounts, tenant, child, mountNames.has(name));
    if (entry === undefined) continue;
    const { isLink, ...described } = entry;
    yield described;
    const descends = options.recursive && entry.kind === 'directory' && !isLink && options.allows(child);
    if (descends) yield* entriesOf(mounts, tenant, child, options);
  }
}

/** First names, below a path, of the mounts that stand there. */
async function namesOfMountsIn(mounts: MountTable, tenant: string, path: string): Promise<Set<string>> {
  const below = await mounts.below(tenant, path);
  const start = path === '/' ? 1 : path.length + 1;
  return new Set(below.map((mount) => mount.path.slice(start).split('/')[0] ?? ''));
}

/** Names in the folder itself, which may be missing where it only leads to mounts. */
async function namesInFolder(
  mounts: MountTable,
  tenant: string,
  path: string,
  mayBeMissing: boolean,
): Promise<string[]> {
  const mount = await mounts.find(tenant, path);
  try {
    const folder = await locateExisting(mount, path);
    const names = await withFileErrors(path, () => readdir(folder));
    return names.filter((name) => !isTemporary(name));
  } catch (error) {
    if (!AiosError.isInstance(error)) throw error;
    if (error.code === 'not_found' && mayBeMissing) return [];
    if (systemCode(error.cause) !== 'ENOTDIR') throw error;
    throw new AiosError(
      'invalid_argument',
      `${path} is not a folder. Read it with storage.read, or list a folder.`,
      {
        cause: error,
      },
    );
  }
}

/** A file or folder; undefined for what is neither, has vanished meanwhile or is a link that leads out of its mount. */
async function describe(
  mounts: MountTable,
  tenant: string,
  path: string,
  leadsToMount: boolean,
): Promise<Entry | undefined> {
  const mount = await mounts.find(tenant, path);
  const place = join(mount.source, path.slice(mount.path.length));
  const own = await unlessMissing(() => lstat(place));
  if (own === undefined) return leadsToMount ? folderWithoutPlace(path) : undefined;
  if (!own.isSymbolicLink()) return toEntry(path, own, false);
  try {
    return toEntry(path, await stat(await locateExisting(mount, path)), true);
  } catch (error) {
    if (AiosError.isInstance(error)) return undefined;
    throw error;
  }
}

function toEntry(path: string, stats: Stats, isLink: boolean): Entry | undefined {
  const times = { modifiedAt: stats.mtime.toISOString(), isLink };
  if (stats.isDirectory()) return { path, kind: 'directory', sizeBytes: 0, ...times };
  return stats.isFile() ? { path, kind: 'file', sizeBytes: stats.size, ...times } : undefined;
}

/** A folder that exists only because a mount stands below it, or a mount whose folder is gone. */
function folderWithoutPlace(path: string): Entry {
  return { path, kind: 'directory', sizeBytes: 0, modifiedAt: new Date(0).toISOString(), isLink: false };
}
