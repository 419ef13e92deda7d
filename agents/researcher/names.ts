import { createHash } from 'node:crypto';
import { basename } from 'node:path';

/** Words of a text as a file name: lower-case letters and digits joined by `-`; never empty. */
export function slug(text: string, maxLength: number): string {
  const words =
    text
      .normalize('NFKD')
      .toLowerCase()
      .replaceAll(/\p{M}/gu, '')
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  const joined = words.join('-').slice(0, maxLength).replace(/-$/, '');
  return joined || 'untitled';
}

/** Where a folder is mounted. Folders of the same name get different paths, the same folder always the same. */
export function mountPath(folder: string): string {
  const fingerprint = createHash('sha256').update(folder).digest('hex').slice(0, 6);
  return `/docs/${slug(basename(folder), 40)}-${fingerprint}`;
}

/** `1 file`, `2 files`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
