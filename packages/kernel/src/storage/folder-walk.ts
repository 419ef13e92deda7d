import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isIndexable } from './file-index.ts';
import { childPath } from './mount.ts';

export interface WalkedFile {
  readonly path: string;
  readonly file: string;
}

interface WalkOptions {
  /** Paths that belong to other mounts. */
  readonly except: ReadonlySet<string>;
  readonly signal: AbortSignal;
  onUnreadable(path: string, error: unknown): void;
}

/** The files below a folder that the index covers, folder by folder. Symbolic links are not followed. */
export async function* walkFolder(
  path: string,
  folder: string,
  options: WalkOptions,
): AsyncGenerator<WalkedFile> {
  const pending = [{ path, file: folder }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    options.signal.throwIfAborted();
    const { path: parent, file: place } = next;
    const entries = await readdir(place, { withFileTypes: true }).catch((error: unknown) => {
      options.onUnreadable(parent, error);
      return [];
    });
    for (const entry of entries) {
      const child = { path: childPath(parent, entry.name), file: join(place, entry.name) };
      if (!isIndexable(entry.name) || options.except.has(child.path)) continue;
      if (entry.isDirectory()) pending.push(child);
      else if (entry.isFile()) yield child;
    }
  }
}
