import { AiosError } from '@aios/protocol';

/** Primary result codes of SQLite (https://sqlite.org/rescode.html) that an operator can do something about. */
const advice: Readonly<Record<number, string>> = {
  5: 'Another program keeps it locked. End that program; only one kernel may use a home.',
  8: 'It can’t be written. Make the home and its files writable for the user that runs AIOS.',
  10: 'The disk failed to read or write. Check the disk and its free space.',
  11: 'Its content is damaged. It was left as it is: move it away, then restore a backup or start with an empty home.',
  13: 'The disk is full. Free some space; nothing was changed.',
  14: 'It can’t be opened. Check that the home exists and that the user that runs AIOS may write to it.',
  26: 'It is not a SQLite database. It was left as it is: move it away, then restore a backup or start with an empty home.',
};

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}

/** Turns an error of SQLite that an operator can help into one that says how; any other is returned as it is. */
export function translateSqliteError(error: unknown, file: string): unknown {
  const code = resultCode(error);
  const help = code === undefined ? undefined : advice[code & 0xff];
  if (help === undefined) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new AiosError('unavailable', `The database ${file} can’t be used (${message}). ${help}`, {
    cause: error,
    disposition: 'operator',
  });
}

const constraintPrimaryKey = 1555;
const constraintUnique = 2067;

export function isSqliteUniqueViolation(error: unknown): boolean {
  const code = resultCode(error);
  return code === constraintPrimaryKey || code === constraintUnique;
}

/** An error of the operating system about the database’s files, as one that tells the operator what to do. */
export function translateSystemError(error: unknown, file: string): AiosError {
  const message = error instanceof Error ? error.message : String(error);
  return new AiosError(
    'unavailable',
    `The database ${file} can’t be written (${message}). Check its disk and the free space.`,
    {
      cause: error,
      disposition: 'operator',
    },
  );
}
