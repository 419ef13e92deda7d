import { type FSWatcher, watch } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from '../telemetry/index.ts';
import { unlessMissing } from './file-errors.ts';
import { lookOf } from './file-index.ts';
import { walkFolder } from './folder-walk.ts';
import { isInside, type Mount, placeInSource } from './mount.ts';
import type { MountTable } from './mount-table.ts';

/** How a file looks from outside; another look means that it was changed. */
export interface FileLook {
  readonly path: string;
  readonly look: string;
}

/**
 * A folder may be put in the place of another one, and a watch may miss something or not be possible at all: so often is looked
 * anew whatever the watch says.
 */
const lookAgainMs = 60_000;

/** Files of the tree of a tenant, as they are on the machine, whoever changes them. */
export class FileWatch {
  readonly #mounts: MountTable;
  readonly #logger: Logger;
  readonly #lookAgainMs: number;

  constructor(mounts: MountTable, logger: Logger, everyMs = lookAgainMs) {
    this.#mounts = mounts;
    this.#logger = logger;
    this.#lookAgainMs = everyMs;
  }

  /** The files at and below a path that are neither hidden nor in a hidden folder. */
  async look(tenant: string, path: string, signal: AbortSignal): Promise<FileLook[]> {
    const looks: FileLook[] = [];
    for (const { mount, path: at } of await this.#places(tenant, path)) {
      for await (const look of this.#lookAt(mount, at, signal)) looks.push(look);
    }
    return looks;
  }

  /** Calls back when something at or below a path may have changed. */
  async watch(tenant: string, path: string, onChange: () => void): Promise<Disposable> {
    using opened = new DisposableStack();
    for (const { mount, path: at } of await this.#places(tenant, path)) {
      opened.use(await this.#watchPlace(mount, at, onChange));
    }
    return opened.move();
  }

  /** The mount that a path is in, and those below it, each with the path to begin at. */
  async #places(tenant: string, path: string): Promise<{ mount: Mount; path: string }[]> {
    const own = await this.#mounts.find(tenant, path);
    const below = await this.#mounts.below(tenant, path);
    return [{ mount: own, path }, ...below.map((mount) => ({ mount, path: mount.path }))];
  }

  async *#lookAt(mount: Mount, path: string, signal: AbortSignal): AsyncGenerator<FileLook> {
    const place = await unlessMissing(() => realpath(placeInSource(mount, path)));
    if (place === undefined || !isInside(place, mount.source)) return;
    const stats = await unlessMissing(() => stat(place));
    if (stats?.isFile()) yield { path, look: lookOf(stats) };
    if (!stats?.isDirectory()) return;
    const nested = await this.#mounts.below(mount.tenant, path);
    const walk = walkFolder(path, place, {
      except: new Set(nested.map((other) => other.path)),
      signal,
      onUnreadable: (unreadable, error) =>
        this.#logger.debug({ path: unreadable, error }, 'a folder can’t be read and is not watched'),
    });
    for await (const { path: found, file } of walk) {
      const seen = await unlessMissing(() => stat(file));
      if (seen !== undefined) yield { path: found, look: lookOf(seen) };
    }
  }

  async #watchPlace(mount: Mount, path: string, onChange: () => void): Promise<Disposable> {
    let folder = await deepestFolder(mount, path);
    let watcher = this.#watchFolder(folder.file, onChange);
    const again = async () => {
      const now = await deepestFolder(mount, path);
      if (now.file !== folder.file || now.inode !== folder.inode) {
        watcher?.close();
        folder = now;
        watcher = this.#watchFolder(folder.file, onChange);
      }
      onChange();
    };
    const timer = setInterval(() => {
      again().catch((error: unknown) =>
        this.#logger.warn({ path, error }, 'a folder cannot be watched anew'),
      );
    }, this.#lookAgainMs).unref();
    return {
      [Symbol.dispose]: () => {
        clearInterval(timer);
        watcher?.close();
      },
    };
  }

  #watchFolder(folder: string, onChange: () => void): FSWatcher | undefined {
    const warn = (error: unknown) =>
      this.#logger.warn(
        { folder, error: String(error) },
        'a folder cannot be watched; it is looked through now and then',
      );
    try {
      return watch(folder, { recursive: true, persistent: false }, () => onChange()).on('error', warn);
    } catch (error) {
      warn(error);
      return undefined;
    }
  }
}

interface WatchedFolder {
  readonly file: string;
  readonly inode: number;
}

/** The folder at a path of a mount, or where there is none, the nearest above it. */
async function deepestFolder(mount: Mount, path: string): Promise<WatchedFolder> {
  for (let place = placeInSource(mount, path); isInside(place, mount.source); place = dirname(place)) {
    const found = await unlessMissing(() => stat(place));
    if (found?.isDirectory() && isInside(await realpath(place), mount.source)) {
      return { file: place, inode: found.ino };
    }
  }
  return { file: mount.source, inode: 0 };
}
