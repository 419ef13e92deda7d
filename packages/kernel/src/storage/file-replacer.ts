import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { copyFile, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from './durable-file.ts';
import { withFileErrors } from './file-errors.ts';

const temporaryName = /^\.aios-[0-9a-f-]{36}\.tmp$/;
const newFileMode = 0o644;

/** Whether this is a file that a write is about to put in another’s place. */
export function isTemporary(name: string): boolean {
  return temporaryName.test(name);
}

/**
 * Puts contents in the place of files, each at once as a whole: into a temporary file beside it, to disk, then renamed. The
 * temporary files are on record in a folder of the home, so that the next boot removes those that a crash left.
 */
export class FileReplacer {
  readonly #records: string;

  private constructor(records: string) {
    this.#records = records;
  }

  static async open(records: string): Promise<FileReplacer> {
    await withFileErrors(records, () => mkdir(records, { recursive: true, mode: 0o700 }));
    for (const name of await readdir(records)) {
      const record = join(records, name);
      const leftover = await readFile(record, 'utf8');
      if (isTemporary(basename(leftover))) await rm(leftover, { force: true });
      await rm(record);
    }
    return new FileReplacer(records);
  }

  /** Makes `target` a copy of `content`, with mode and owner of the file before; its folders are made where missing. */
  async replace(target: string, content: string, before: Stats | undefined): Promise<Stats> {
    const folder = dirname(target);
    await makeFolders(folder);
    const temporary = join(folder, `.aios-${randomUUID()}.tmp`);
    const record = join(this.#records, basename(temporary));
    await writeFile(record, temporary, { mode: 0o600 });
    try {
      await copyFile(content, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      const stats = await finish(temporary, before);
      await rename(temporary, target);
      await syncFolder(folder);
      return stats;
    } finally {
      await rm(temporary, { force: true });
      await rm(record, { force: true });
    }
  }
}

async function finish(temporary: string, before: Stats | undefined): Promise<Stats> {
  await using handle = await open(temporary, 'r+');
  if (before !== undefined && process.getuid?.() === 0) await handle.chown(before.uid, before.gid);
  await handle.chmod((before?.mode ?? newFileMode) & 0o7777);
  await handle.sync();
  return handle.stat();
}

/** Makes a folder and those above it that are missing, each on disk. */
async function makeFolders(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}
