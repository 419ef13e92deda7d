import { AiosError } from '@aios/protocol';

/** A file that a program left. */
export interface ResultFile {
  /** Relative, without `.` and `..`. */
  readonly path: string;
  readonly content: Buffer;
}

const blockBytes = 512;
const regularFile = ['0', '\0'];

/**
 * The regular files of a tar archive (POSIX ustar). Who wrote it is not trusted: links, devices and anything else are left
 * out, a path that leads elsewhere is an error, and so is an archive that says more than it holds.
 */
export function readArchive(archive: Buffer): ResultFile[] {
  const files: ResultFile[] = [];
  let at = 0;
  while (at + blockBytes <= archive.length) {
    const header = archive.subarray(at, at + blockBytes);
    if (header.every((byte) => byte === 0)) return files;
    const sizeBytes = sizeOf(header);
    const begin = at + blockBytes;
    if (begin + sizeBytes > archive.length) throw damaged('it ends in the middle of a file');
    const path = pathOf(header);
    if (regularFile.includes(text(header, 156, 1) || '\0')) {
      files.push({ path: checked(path), content: Buffer.from(archive.subarray(begin, begin + sizeBytes)) });
    }
    at = begin + Math.ceil(sizeBytes / blockBytes) * blockBytes;
  }
  if (at !== archive.length) throw damaged('it ends in the middle of a block');
  return files;
}

function sizeOf(header: Buffer): number {
  const digits = text(header, 124, 12).trim();
  if (!/^[0-7]{1,11}$/.test(digits)) throw damaged('a size is no octal number');
  return Number.parseInt(digits, 8);
}

function pathOf(header: Buffer): string {
  const prefix = text(header, 345, 155);
  const name = text(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function checked(path: string): string {
  const parts = path.split('/').filter((part) => part !== '.' && part !== '');
  const isBad = path.startsWith('/') || parts.length === 0 || parts.includes('..') || hasControl(path);
  if (isBad) throw damaged(`it names a file ${JSON.stringify(path.slice(0, 100))}`);
  return parts.join('/');
}

function hasControl(path: string): boolean {
  return [...path].some((character) => character < ' ' || character === '\u007f' || character === '\ufffd');
}

function text(header: Buffer, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? length : end).toString('utf8');
}

function damaged(reason: string): AiosError {
  return new AiosError('failed_precondition', `The files that the program left cannot be taken: ${reason}.`, {
    disposition: 'fix_input',
  });
}
