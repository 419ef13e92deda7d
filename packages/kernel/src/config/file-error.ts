import { AiosError } from '@aios/protocol';

const explanations: Readonly<Record<string, string>> = {
  EACCES: 'permission is missing; change the owner or the mode (chmod, chown)',
  EPERM: 'permission is missing; change the owner or the mode (chmod, chown)',
  EROFS: 'the file system is read-only; choose a folder that can be written to',
  ENOSPC: 'the disk is full; make room and try again',
  EDQUOT: 'the disk quota is used up; make room and try again',
  EISDIR: 'it is a folder, and a file is needed; move it away',
  ENOTDIR: 'a part of the path is a file, and a folder is needed; move it away or choose another folder',
  EEXIST: 'it is a file, and a folder is needed; move it away or choose another folder',
  ENOENT: 'it does not exist',
  ELOOP: 'its symbolic links go round in a circle',
  ENAMETOOLONG: 'the path is too long',
  EMFILE: 'too many files are open; raise the limit (ulimit -n)',
};

/** Turns an error of the file system into one that says what to do. `deed` begins the sentence: `Cannot write`. */
export function fileError(error: unknown, deed: string, path: string): AiosError {
  const code = errorCodeOf(error);
  const explanation = explanations[code] ?? (error instanceof Error ? error.message : String(error));
  const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EMFILE';
  return new AiosError(isFull ? 'unavailable' : 'failed_precondition', `${deed} ${path}: ${explanation}.`, {
    cause: error,
    disposition: 'operator',
    details: { path, ...(code !== '' && { systemCode: code }) },
  });
}

/** Such as ENOENT; empty for an error that has none. */
export function errorCodeOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
