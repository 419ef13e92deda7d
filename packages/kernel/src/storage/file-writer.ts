import type { Stats } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AiosError, type FileVersion, type SyscallOutput } from '@aios/protocol';
import { type Database, isUniqueViolation } from '../database/index.ts';
import type { TextIndex } from '../search/index.ts';
import type { SyscallContext } from '../syscall/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { type Blob, type Blobs, digest } from './blobs.ts';
import { syncFolder } from './durable-file.ts';
import { unlessMissing, withFileErrors } from './file-errors.ts';
import { fileShelf, prepareIndexing } from './file-index.ts';
import type { FileReplacer } from './file-replacer.ts';
import { locateForWriting } from './locate.ts';
import type { Mount } from './mount.ts';
import { PathLock } from './path-lock.ts';
import { openRegular } from './regular-file.ts';
import { type Author, insertVersion, latestVersion } from './versions.ts';

export interface FileWrite {
  readonly mount: Mount;
  readonly path: string;
  /** New content, or one that is in the blob folder. */
  readonly content: Buffer | Blob;
  readonly cause: 'write' | 'rollback';
  readonly author: Author;
  /** The version that must be the latest, 0 for a file that must not exist. */
  readonly expectedVersion?: number | undefined;
  /** Of the call that the write is made for. */
  readonly context: Pick<SyscallContext<'storage.write'>, 'commit' | 'ensureCurrent'>;
}

type StoredWrite = FileWrite & { readonly content: Blob };
type WrittenVersion = SyscallOutput<'storage.write'>;

interface CurrentFile extends Blob {
  readonly stats: Stats;
}

interface FileWriterOptions {
  readonly database: Database;
  readonly textIndex: TextIndex;
  readonly blobs: Blobs;
  readonly replacer: FileReplacer;
  readonly maxIndexedFileBytes: () => number;
  readonly logger: Logger;
}

const maximumAttempts = 5;
/** Says that the file or its versions changed while they were looked at, so that the write has to begin again. */
const changedMeanwhile = Symbol('changed meanwhile');

/**
 * Writes files so that no content is ever lost: what is there is a version before it is replaced, the new content is in the
 * blob folder, then in its place, then on record, and only then acknowledged. A crash in between leaves the old or the new
 * file whole; a new one that was not acknowledged becomes a version with cause `outside` at the next write.
 */
export class FileWriter {
  readonly #options: FileWriterOptions;
  readonly #lock = new PathLock();

  constructor(options: FileWriterOptions) {
    this.#options = options;
  }

  /** Writes a file and says which version it made. */
  async write(write: FileWrite): Promise<WrittenVersion> {
    const { mount, path } = write;
    const target = await locateForWriting(mount, path);
    return this.#lock.run(target, async () => {
      const content = await withFileErrors(path, async () =>
        Buffer.isBuffer(write.content) ? this.#options.blobs.put(write.content) : write.content,
      );
      for (let attempt = 0; attempt < maximumAttempts; attempt += 1) {
        const written = await withFileErrors(path, () => this.#attempt({ ...write, content }, target));
        if (written !== changedMeanwhile) return written;
      }
      throw busy(path);
    });
  }

  /** Removes a file; what it holds is a version first. Nothing where it is not there. */
  async remove(mount: Mount, path: string): Promise<void> {
    const target = await locateForWriting(mount, path);
    const { database, textIndex } = this.#options;
    const file = { tenant: mount.tenant, path };
    await this.#lock.run(target, async () => {
      const known = await latestVersion(database.reader, file);
      const current = await withFileErrors(path, () => this.#keepCurrent(target, path, known));
      if (current === undefined) return;
      const { sha256, sizeBytes } = current;
      const version = (known?.version ?? 0) + 1;
      const row = { version, sha256, sizeBytes, cause: 'outside', author: 'outside' } as const;
      if (sha256 !== known?.sha256 && !(await this.#recordOutside(file, row))) throw busy(path);
      await withFileErrors(path, async () => {
        await rm(target, { force: true });
        await syncFolder(dirname(target));
      });
      await textIndex.remove(fileShelf(mount.tenant), [path]);
    });
  }

  async #attempt(write: StoredWrite, target: string): Promise<WrittenVersion | typeof changedMeanwhile> {
    const file = { tenant: write.mount.tenant, path: write.path };
    const known = await latestVersion(this.#options.database.reader, file);
    const current = await this.#keepCurrent(target, write.path, known);
    // What a write before a crash put there, but not on record, is what is to be written now and no version of its own.
    const isOurs = current?.sha256 === write.content.sha256;
    const outside = current !== undefined && current.sha256 !== known?.sha256 && !isOurs;
    const latest = (known?.version ?? 0) + (outside ? 1 : 0);
    if (outside) {
      const { sha256, sizeBytes } = current;
      const version = { version: latest, sha256, sizeBytes, cause: 'outside', author: 'outside' } as const;
      if (!(await this.#recordOutside(file, version))) return changedMeanwhile;
    }
    refuseUnexpected(write, latest, current !== undefined);
    if (!looksSame(current?.stats, await unlessMissing(() => stat(target)))) return changedMeanwhile;
    return this.#replace(write, target, latest + 1, current);
  }

  /** Puts the content that the file has now into the blob folder, unless it is there as a version. */
  async #keepCurrent(
    target: string,
    path: string,
    known: FileVersion | undefined,
  ): Promise<CurrentFile | undefined> {
    const opened = await unlessMissing(() => stat(target));
    if (opened === undefined) return undefined;
    await using handle = await openRegular(target, path);
    const stats = await handle.stat();
    const blob = stats.size === known?.sizeBytes ? await digest(handle) : undefined;
    if (blob !== undefined && blob.sha256 === known?.sha256) return { ...blob, stats };
    return { ...(await this.#options.blobs.putFile(handle)), stats };
  }

  async #replace(
    write: StoredWrite,
    target: string,
    version: number,
    before: CurrentFile | undefined,
  ): Promise<WrittenVersion | typeof changedMeanwhile> {
    const { blobs, replacer, textIndex, maxIndexedFileBytes } = this.#options;
    const { mount, path, content, context } = write;
    await context.ensureCurrent();
    const stats = await replacer.replace(target, blobs.fileOf(content.sha256), before?.stats);
    try {
      const read = () => blobs.read(content.sha256, path);
      const written = { ...content, path, stats, read };
      const changeIndex = await prepareIndexing(textIndex, mount, written, maxIndexedFileBytes());
      const row = {
        sha256: content.sha256,
        sizeBytes: content.sizeBytes,
        ...write.author,
        version,
        cause: write.cause,
      };
      return await context.commit(async (transaction) => {
        await insertVersion(transaction, { tenant: mount.tenant, path }, row);
        await changeIndex(transaction);
        return { path, version, sha256: content.sha256, sizeBytes: content.sizeBytes };
      });
    } catch (error) {
      if (isUniqueViolation(error)) return changedMeanwhile;
      await this.#putBack(target, path, before);
      throw error;
    }
  }

  /** Puts on record what was written outside AIOS; false when another node has just taken its number. */
  async #recordOutside(
    file: Parameters<typeof insertVersion>[1],
    version: Parameters<typeof insertVersion>[2],
  ): Promise<boolean> {
    try {
      await this.#options.database.write((transaction) => insertVersion(transaction, file, version));
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  /** A write that can’t be put on record is undone; where that fails too, the next write finds the file as `outside`. */
  async #putBack(target: string, path: string, before: CurrentFile | undefined): Promise<void> {
    const { blobs, replacer, logger } = this.#options;
    try {
      if (before === undefined) await rm(target);
      else await replacer.replace(target, blobs.fileOf(before.sha256), before.stats);
    } catch (error) {
      logger.error({ error, path }, 'a file could not be put back after its write failed');
    }
  }
}

function busy(path: string): AiosError {
  return new AiosError(
    'failed_precondition',
    `${path} is being changed by somebody else all the time. Try again when they are done.`,
    { disposition: 'retry' },
  );
}

function looksSame(one: Stats | undefined, other: Stats | undefined): boolean {
  return one?.ino === other?.ino && one?.size === other?.size && one?.mtimeMs === other?.mtimeMs;
}

function refuseUnexpected({ path, expectedVersion }: FileWrite, latest: number, exists: boolean): void {
  if (expectedVersion === undefined) return;
  if (expectedVersion === 0 ? !exists : expectedVersion === latest) return;
  const found = latest === 0 ? 'it has no version' : `its latest version is ${latest}`;
  const wanted = expectedVersion === 0 ? 'it must not exist' : `the latest must be ${expectedVersion}`;
  throw new AiosError(
    'failed_precondition',
    `${path} was not written: ${wanted}, but ${found}. Read it again and decide what to write.`,
    { details: { latestVersion: latest } },
  );
}
