import type { AiosError } from '@aios/protocol';
import type { FastifyReply } from 'fastify';

export const problemMediaType = 'application/problem+json';

/** Answers with a problem document (RFC 9457). */
export function answerProblem(reply: FastifyReply, error: AiosError): FastifyReply {
  const problem = error.toProblem();
  const retryAfterMs = error.details?.retryAfterMs;
  if (typeof retryAfterMs === 'number') reply.header('retry-after', Math.ceil(retryAfterMs / 1000));
  if (error.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer realm="aios"');
  // Bytes, because Fastify would append a charset to the media type of anything else.
  return reply
    .code(problem.status)
    .header('content-type', problemMediaType)
    .send(Buffer.from(JSON.stringify(problem)));
}
