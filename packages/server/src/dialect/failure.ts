import type { AiosError } from '@aios/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FaceContext } from '../face.ts';
import { explainFailure } from '../failure/index.ts';

/**
 * The HTTP status by which the vendors’ clients know what to do. They retry a 409 by themselves, so what no repeat will mend
 * is a 400.
 */
function dialectStatus(error: AiosError): number {
  const { status } = error.toProblem();
  return status === 409 ? 400 : status;
}

/** What of an error stands in headers: when to try again, and whether at all (which the official clients heed). */
function failureHeaders(error: AiosError): Record<string, string> {
  const { code, disposition, details } = error;
  const headers: Record<string, string> = {};
  const retryAfterMs = typeof details?.retryAfterMs === 'number' ? details.retryAfterMs : undefined;
  if (code === 'rate_limited' || retryAfterMs !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil((retryAfterMs ?? 1000) / 1000)));
  }
  if (disposition !== 'retry' && disposition !== 'wait') headers['x-should-retry'] = 'false';
  return headers;
}

/** The AiosError for what a request ended with. What is a defect goes into the log. */
export function failureOf(thrown: unknown, request: FastifyRequest, { kernel }: FaceContext): AiosError {
  const error = explainFailure(thrown, request.id, kernel.config.server.max_body_bytes);
  if (error.code === 'internal') request.log.error({ err: thrown, requestId: request.id }, 'request failed');
  return error;
}

/** Answers with an error in a dialect’s shape. */
export function answerFailure(reply: FastifyReply, error: AiosError, body: unknown): FastifyReply {
  // Fastify would close the connection under a client that still sends; Node throws the rest of the body away.
  if (reply.hasHeader('connection')) reply.removeHeader('connection');
  return reply
    .code(dialectStatus(error))
    .headers(failureHeaders(error))
    .header('content-type', 'application/json')
    .send(JSON.stringify(body));
}
