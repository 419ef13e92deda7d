import { AiosError, type ErrorCode } from '@aios/protocol';

interface Meaning {
  readonly code: ErrorCode;
  readonly text: string;
  readonly byOperator?: true;
}

/** What the errors of the operating system mean for somebody who works with files through AIOS. */
const meanings: Readonly<Record<string, Meaning>> = {
  ENOENT: { code: 'not_found', text: 'there is nothing by this name. See what there is with storage.list.' },
  ENOTDIR: {
    code: 'invalid_argument',
    text: 'a part of the path is a file, not a folder. Choose another path.',
  },
  EISDIR: { code: 'invalid_argument', text: 'it is a folder. Name a file in it; storage.list shows them.' },
  EEXIST: { code: 'already_exists', text: 'something else has this name. Choose another.' },
  ENAMETOOLONG: {
    code: 'invalid_argument',
    text: 'the name is too long for the disk. Use a shorter one (up to 255 bytes).',
  },
  ELOOP: { code: 'permission_denied', text: 'its symbolic links can’t be followed. Name the file itself.' },
  EACCES: {
    code: 'permission_denied',
    text: 'the user that runs AIOS may not do this. Change the owner or mode of the file or its folder.',
    byOperator: true,
  },
  EPERM: {
    code: 'permission_denied',
    text: 'the user that runs AIOS may not do this. Change the owner or mode of the file or its folder.',
    byOperator: true,
  },
  EROFS: {
    code: 'permission_denied',
    text: 'its disk is mounted read-only. Mount it writable or write elsewhere.',
    byOperator: true,
  },
  ENOSPC: {
    code: 'unavailable',
    text: 'the disk is full. Free some space; nothing was changed.',
    byOperator: true,
  },
  EDQUOT: {
    code: 'unavailable',
    text: 'the disk quota is used up. Free some space; nothing was changed.',
    byOperator: true,
  },
  EIO: { code: 'unavailable', text: 'the disk failed. Check it.', byOperator: true },
  EMFILE: {
    code: 'unavailable',
    text: 'too many files are open. Raise the limit (ulimit -n).',
    byOperator: true,
  },
  ENFILE: {
    code: 'unavailable',
    text: 'too many files are open on this machine. Raise its limit.',
    byOperator: true,
  },
};

/** The code of an error of the operating system, such as ENOENT. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Turns an error of the operating system into ours; `path` is the one that the caller knows. */
function fileError(error: unknown, path: string): unknown {
  const meaning = meanings[systemCode(error) ?? ''];
  if (meaning === undefined) return error;
  return new AiosError(meaning.code, `${path}: ${meaning.text}`, {
    cause: error,
    ...(meaning.byOperator && { disposition: 'operator' }),
  });
}

/** Does something with files; errors of the operating system become ours. */
export async function withFileErrors<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, path);
  }
}

/** What `work` gives, or undefined where there is no such file. */
export async function unlessMissing<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
