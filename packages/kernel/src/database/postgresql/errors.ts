import { AiosError } from '@aios/protocol';

/** Error codes of PostgreSQL (errcodes-appendix) by code or class, that an operator can help. */
const advice: Readonly<Record<string, string>> = {
  '08': 'The connection was lost. Check that the server runs and can be reached.',
  '28': 'The server refused the user. Check user and password in DATABASE_URL.',
  '3D': 'The server has no such database. Create it or correct DATABASE_URL.',
  '53': 'The server has no room left: disk, memory or connections. Free some.',
  '57P': 'The server is shutting down or starting up. Check it and try again.',
  '58': 'The server failed to read or write its files. Check its disk.',
  '25006': 'The server is read-only. Point DATABASE_URL at the primary.',
  '42501': 'The user may not do this. Grant it the right to create and use tables in the database.',
};
const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
]);
/** What pg says, without a code, when a connection is lost or not made in time. */
const connectionMessages =
  /Connection terminated|timeout exceeded when trying to connect|is not queryable|has encountered a connection error/;

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function adviceFor(code: string): string | undefined {
  if (connectionCodes.has(code)) return 'Check that the server runs and that DATABASE_URL names it.';
  return advice[code] ?? advice[code.slice(0, 3)] ?? advice[code.slice(0, 2)];
}

/** Turns an error that an operator can help into one that says how; any other is returned as it is. */
export function translatePostgresError(error: unknown, place: string): unknown {
  if (!(error instanceof Error)) return error;
  const { message } = error;
  const code = codeOf(error) ?? (connectionMessages.test(message) ? 'ECONNRESET' : undefined);
  const help = code === undefined ? undefined : adviceFor(code);
  if (help === undefined) return error;
  return new AiosError(
    'unavailable',
    `The PostgreSQL database ${place} can’t be used (${message}). ${help}`,
    {
      cause: error,
      disposition: 'operator',
    },
  );
}

export function isPostgresUniqueViolation(error: unknown): boolean {
  return codeOf(error) === '23505';
}
