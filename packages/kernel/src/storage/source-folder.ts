import { realpath, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { AiosError } from '@aios/protocol';
import { withFileErrors } from './file-errors.ts';
import { isInside } from './mount.ts';

/**
 * The folder that a source names, with symbolic links resolved. Refused: what is not an absolute path of a folder, and
 * whatever would show AIOS’s own home, with its credentials, to agents. The tenant’s own root folder may be mounted again.
 */
export async function resolveSource(source: string, places: { home: string; root: string }): Promise<string> {
  if (!isAbsolute(source) || source.includes('\0')) {
    throw new AiosError(
      'invalid_argument',
      `The source must be the absolute path of a folder on the kernel’s machine; "${source}" is not.`,
    );
  }
  const folder = await withFileErrors(source, () => realpath(source));
  if (!(await stat(folder)).isDirectory()) {
    throw new AiosError(
      'invalid_argument',
      `The source ${source} is a file. Mount the folder that holds it.`,
    );
  }
  const home = await realpath(places.home);
  const showsHome = isInside(folder, home) || isInside(home, folder);
  if (showsHome && !isInside(folder, places.root)) {
    throw new AiosError(
      'permission_denied',
      `The folder ${source} holds AIOS’s own state (${home}), or is part of it, and can’t be mounted. ` +
        'Mount the folders beside it one by one.',
      { disposition: 'fix_input' },
    );
  }
  return folder;
}
