import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AiosError } from '@aios/protocol';
import { systemCode, unlessMissing, withFileErrors } from './file-errors.ts';
import { isInside, type Mount, placeInSource } from './mount.ts';

/** Where something that exists is on the machine, symbolic links resolved. Refused when they lead out of the mount. */
export async function locateExisting(mount: Mount, path: string): Promise<string> {
  const file = await withFileErrors(path, () => realpath(placeInSource(mount, path)));
  refuseOutside(file, mount, path);
  return file;
}

/** Where a file is to be written, which may not exist yet, nor its folders. */
export async function locateForWriting(mount: Mount, path: string): Promise<string> {
  if (mount.readOnly) {
    throw new AiosError(
      'permission_denied',
      `${path}: ${mount.path} is mounted read-only. Write elsewhere, or mount it again with readOnly: false.`,
    );
  }
  const missing: string[] = [];
  let existing = placeInSource(mount, path);
  while (!(await exists(existing, path))) {
    if (existing === mount.source) return await locateExisting(mount, mount.path);
    missing.unshift(basename(existing));
    existing = dirname(existing);
  }
  const found = await resolveLinks(existing, path);
  refuseOutside(found, mount, path);
  return join(found, ...missing);
}

/** Whether something has this name, be it a symbolic link that leads nowhere. */
async function exists(file: string, path: string): Promise<boolean> {
  return (await withFileErrors(path, () => unlessMissing(() => lstat(file)))) !== undefined;
}

async function resolveLinks(file: string, path: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    throw new AiosError(
      'permission_denied',
      `${path} is, or goes through, a symbolic link that leads nowhere, and nothing is written through such links. ` +
        'Choose another path.',
      { cause: error },
    );
  }
}

function refuseOutside(file: string, mount: Mount, path: string): void {
  if (isInside(file, mount.source)) return;
  throw new AiosError(
    'permission_denied',
    `${path} is, or goes through, a symbolic link that leaves ${mount.path}. Mount the folder that it leads to.`,
  );
}
