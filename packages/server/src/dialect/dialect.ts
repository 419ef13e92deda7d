import type { AiosError } from '@aios/protocol';
import type { FastifyInstance } from 'fastify';
import type { FaceContext } from '../face.ts';
import { unknownPath } from '../unknown-path.ts';
import { keepBodies } from './body.ts';
import { answerFailure, failureOf } from './failure.ts';

/** How a vendor’s dialect says what went wrong. */
export interface Dialect {
  /** The paths, as the router writes them, where what is unknown is answered in this dialect. */
  readonly realms: readonly string[];
  /** The body of an error response. */
  errorBody(error: AiosError): unknown;
  /** The frame that tells of an error once a stream has begun. */
  errorFrame(error: AiosError): string;
}

/**
 * Adds a dialect’s routes in a room of their own: whatever fails there, the check of the token included, is answered in the
 * dialect’s shape, and bodies stay bytes.
 */
export function registerDialect(
  app: FastifyInstance,
  context: FaceContext,
  dialect: Dialect,
  addRoutes: (scope: FastifyInstance) => void,
): void {
  app.register(async (scope) => {
    keepBodies(scope);
    scope.setErrorHandler(async (thrown, request, reply) => {
      const error = failureOf(thrown, request, context);
      return await answerFailure(reply, error, dialect.errorBody(error));
    });
    addRoutes(scope);
    for (const realm of dialect.realms) {
      scope.all(realm, async (request) => {
        throw unknownPath(request);
      });
    }
  });
}
