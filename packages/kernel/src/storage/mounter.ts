import { AiosError } from '@aios/protocol';
import type { TextIndex } from '../search/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { fileShelf } from './file-index.ts';
import { isAtOrBelow, type Mount } from './mount.ts';
import { type ScanReport, scanMount } from './mount-scan.ts';
import type { MountTable } from './mount-table.ts';
import { PathLock } from './path-lock.ts';
import { resolveSource } from './source-folder.ts';

interface MounterOptions {
  readonly mounts: MountTable;
  readonly textIndex: TextIndex;
  readonly home: string;
  readonly maxIndexedFileBytes: () => number;
  readonly logger: Logger;
}

/** A mount whose source is as the caller wrote it. */
type MountRequest = Mount;

/** Adds mounts and keeps the index in line with their folders. */
export class Mounter {
  readonly #options: MounterOptions;
  readonly #lock = new PathLock();

  constructor(options: MounterOptions) {
    this.#options = options;
  }

  /** Mounts a folder, or refreshes the mount of it that is already there. */
  async mount(request: MountRequest, signal: AbortSignal): Promise<Mount & ScanReport> {
    const { tenant } = request;
    const mount = await this.#lock.run(`tenant ${tenant}`, () => this.#place(request));
    return { ...mount, ...(await this.scan(mount, signal)) };
  }

  /** Brings the index in line with a mount’s folder; one scan of a mount at a time. */
  async scan(mount: Mount, signal: AbortSignal): Promise<ScanReport> {
    const { mounts, textIndex, logger, maxIndexedFileBytes } = this.#options;
    if (!mount.indexed) return { files: 0, passages: 0, skipped: 0 };
    return this.#lock.run(`scan ${mount.tenant} ${mount.path}`, async () => {
      const nested = (await mounts.below(mount.tenant, mount.path)).map((other) => other.path);
      return scanMount({ mount, nested, textIndex, signal, logger, maximumBytes: maxIndexedFileBytes() });
    });
  }

  async #place(request: MountRequest): Promise<Mount> {
    const { mounts, textIndex, home } = this.#options;
    const { tenant, path } = request;
    const root = await mounts.find(tenant, '/');
    const source = await resolveSource(request.source, { home, root: root.source });
    const present = await mounts.at(tenant, path);
    if (present !== undefined && present.source !== source) {
      throw new AiosError(
        'already_exists',
        `Another folder is mounted at ${path}: ${present.source}. Choose another path for ${source}.`,
      );
    }
    if (path === '/') return root;
    const mount = { ...request, source };
    await mounts.set(mount);
    if (present === undefined || !mount.indexed) await this.#forgetFilesOfMountAbove(textIndex, mount);
    return mount;
  }

  /** What the mount covers up, or what is no longer to be found, leaves the index; mounts inside keep theirs. */
  async #forgetFilesOfMountAbove(textIndex: TextIndex, mount: Mount): Promise<void> {
    const nested = await this.#options.mounts.below(mount.tenant, mount.path);
    const keys = [...(await textIndex.fingerprints(fileShelf(mount.tenant), mount.path)).keys()];
    const ofOthers = (key: string) => nested.some((other) => isAtOrBelow(key, other.path));
    await textIndex.remove(
      fileShelf(mount.tenant),
      keys.filter((key) => !ofOthers(key)),
    );
  }
}
