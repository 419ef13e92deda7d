import { join, relative, sep } from 'node:path';
import { AiosError } from '@aios/protocol';

/** A folder of this machine in the kernel’s tree of files. */
export interface Mount {
  readonly tenant: string;
  readonly path: string;
  /** The folder, with all symbolic links resolved. */
  readonly source: string;
  readonly readOnly: boolean;
  readonly indexed: boolean;
}

/** Whether a path of the tree is `ancestor` or stands below it. */
export function isAtOrBelow(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(ancestor === '/' ? '/' : `${ancestor}/`);
}

/** Whether a file of the machine is `folder` or lies in it; both without symbolic links. */
export function isInside(file: string, folder: string): boolean {
  const way = relative(folder, file);
  return way !== '..' && !way.startsWith(`..${sep}`) && way !== file;
}

/** The path of a child in the tree. */
export function childPath(path: string, name: string): string {
  return path === '/' ? `/${name}` : `${path}/${name}`;
}

/** Where a path would be on the machine if there were no symbolic links. */
export function placeInSource(mount: Mount, path: string): string {
  const parts = path.slice(mount.path.length).split('/');
  if (path.includes('\0') || parts.includes('..')) {
    throw new AiosError(
      'invalid_argument',
      'A path must hold neither a NUL byte nor "..": name the file from the root "/".',
    );
  }
  return join(mount.source, ...parts);
}
