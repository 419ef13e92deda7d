import { AiosError, type Pid, pid } from '@aios/protocol';
import type { FastifyRequest } from 'fastify';

const pidHeader = 'x-aios-pid';

type Incoming = Pick<FastifyRequest, 'headers' | 'url' | 'query'>;

/**
 * The token of a request, from the first of the places where clients of the vendors put theirs. Our own header and
 * `x-api-key` come before the bearer, which some programs fill with a placeholder that they cannot be talked out of.
 */
export function tokenOf({ headers, url, query }: Incoming): string | undefined {
  return (
    one(headers['x-aios-agent-token']) ??
    one(headers['x-api-key']) ??
    bearerToken(headers.authorization) ??
    one(headers['x-goog-api-key']) ??
    // An address gets into histories and logs, so it carries a token only where Google’s clients know no other place.
    (url.startsWith('/v1beta/') ? one((query as { key?: string | string[] }).key) : undefined)
  );
}

/** The process that the client wants its calls made as. Throws `invalid_argument` for what is no number of one. */
export function readPid({ headers }: Pick<Incoming, 'headers'>): Pid | undefined {
  const text = one(headers[pidHeader]);
  if (text === undefined) return undefined;
  const parsed = pid.safeParse(Number(text));
  if (parsed.success) return parsed.data;
  throw new AiosError('invalid_argument', `The header ${pidHeader} must be the number of a process.`);
}

function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

/** Of a value that was sent more than once, the first. */
function one(value: string | string[] | undefined): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined || first.trim() === '' ? undefined : first.trim();
}
