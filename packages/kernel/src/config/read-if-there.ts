import { readFile } from 'node:fs/promises';
import { errorCodeOf, fileError } from './file-error.ts';

/** The bytes of a file; undefined where there is none. */
export async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw fileError(error, 'Cannot read', path);
  }
}
