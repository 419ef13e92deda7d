import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { AiosError } from '@aios/protocol';
import { withFileErrors } from './file-errors.ts';

/** The largest file that is read or written as a whole. */
const maximumFileBytes = 16_000_000;

/** Opens a file to read it. Anything but a regular file is refused without waiting, such as for a pipe’s other end. */
export async function openRegular(file: string, path: string): Promise<FileHandle> {
  return withFileErrors(path, async () => {
    refuseIrregular(await lstat(file), path);
    // The file may have been exchanged since: neither follow a link now nor wait.
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      refuseIrregular(await handle.stat(), path);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  });
}

/** The whole content of a file, if it is a regular one of at most 16 MB. */
export async function readRegular(file: string, path: string): Promise<Buffer> {
  await using handle = await openRegular(file, path);
  const { size } = await handle.stat();
  refuseTooLarge(size, path);
  return withFileErrors(path, () => handle.readFile());
}

/** Throws unless something of this size may be read or written as a whole. */
export function refuseTooLarge(sizeBytes: number, path: string): void {
  if (sizeBytes <= maximumFileBytes) return;
  throw new AiosError(
    'failed_precondition',
    `${path} has ${sizeBytes} bytes; at most ${maximumFileBytes} can be read or written at once. Split it into smaller files.`,
    { details: { sizeBytes, maximumFileBytes } },
  );
}

function refuseIrregular(stats: { isFile(): boolean; isDirectory(): boolean }, path: string): void {
  if (stats.isFile()) return;
  throw new AiosError(
    'invalid_argument',
    stats.isDirectory()
      ? `${path} is a folder. Name a file in it; storage.list shows them.`
      : `${path} is not a regular file but a pipe, socket or device. Name a regular file.`,
  );
}
