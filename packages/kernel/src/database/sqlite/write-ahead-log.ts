import { closeSync, fdatasync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { translateSystemError } from './errors.ts';

const dataSync = promisify(fdatasync);

/**
 * The write-ahead log of a SQLite file, for syncing it away from the JavaScript thread: with `synchronous = normal` SQLite
 * writes commits to the log without waiting for the disk (https://sqlite.org/pragma.html#pragma_synchronous), and a commit
 * counts once the log was synced here. The log keeps its file as long as a connection is open.
 */
export class WriteAheadLog implements Disposable {
  readonly #file: string;
  #descriptor: number | undefined;

  /** `file` is that of the database. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Resolves when all that was committed before is on disk. */
  async sync(): Promise<void> {
    try {
      this.#descriptor ??= openLog(this.#file);
      await dataSync(this.#descriptor);
    } catch (error) {
      throw translateSystemError(error, this.#file);
    }
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

/** The log exists by the first commit; that it does must itself survive a power cut. */
function openLog(file: string): number {
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
  return openSync(`${file}-wal`, 'r+');
}
