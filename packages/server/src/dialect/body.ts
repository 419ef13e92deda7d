import { AiosError, type JsonObject } from '@aios/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseJson } from '../wire/json.ts';

/** Bodies stay bytes until a route reads them, whatever the client calls them: one that is passed on is never parsed. */
export function keepBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body);
}

/** The body as it came; empty where there was none. */
export function bytesOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** The body as a JSON object, not looked at further. Throws `invalid_argument` for anything else. */
export function jsonOf(request: FastifyRequest): JsonObject {
  const value = parseJson(bytesOf(request).toString());
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new AiosError('invalid_argument', 'The body must be a JSON object.');
}
