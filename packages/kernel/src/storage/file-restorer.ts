import { stat } from 'node:fs/promises';
import type { Database } from '../database/index.ts';
import { digest } from './blobs.ts';
import { unlessMissing, withFileErrors } from './file-errors.ts';
import type { FileWriter } from './file-writer.ts';
import { locateForWriting } from './locate.ts';
import type { MountTable } from './mount-table.ts';
import { openRegular } from './regular-file.ts';
import { type Author, type FilePath, getVersion, latestVersion } from './versions.ts';

export interface FileRestorer {
  /** SHA-256 of what a file holds now; undefined where it is not there. */
  contentOf(file: FilePath): Promise<string | undefined>;
  /** Makes a file hold what a version of it held, as its newest version, or removes it; nothing where it is so already. */
  restore(file: FilePath, version: number | 'absent', author: Author): Promise<void>;
}

interface FileRestorerOptions {
  readonly database: Database;
  readonly mounts: MountTable;
  readonly writer: FileWriter;
}

export function createFileRestorer({ database, mounts, writer }: FileRestorerOptions): FileRestorer {
  async function contentOf({ tenant, path }: FilePath): Promise<string | undefined> {
    const target = await locateForWriting(await mounts.find(tenant, path), path);
    return await withFileErrors(path, async () => {
      if ((await unlessMissing(() => stat(target))) === undefined) return undefined;
      await using handle = await openRegular(target, path);
      return (await digest(handle)).sha256;
    });
  }

  async function restore(file: FilePath, version: number | 'absent', author: Author): Promise<void> {
    const mount = await mounts.find(file.tenant, file.path);
    if (version === 'absent') return await writer.remove(mount, file.path);
    const content = await getVersion(database.reader, file, version);
    const latest = await latestVersion(database.reader, file);
    const isThere = latest?.sha256 === content.sha256 && (await contentOf(file)) === content.sha256;
    if (isThere) return;
    // Nobody is answered with it, and nobody can be taken over.
    const context = { commit: database.write.bind(database), ensureCurrent: async () => undefined };
    await writer.write({ mount, path: file.path, content, cause: 'rollback', author, context });
  }

  return { contentOf, restore };
}
