import type { Session } from '@aios/kernel';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const decorator = 'session';

export function declareSession(app: FastifyInstance): void {
  app.decorateRequest(decorator, undefined);
}

export function keepSession(request: FastifyRequest, session: Session): void {
  request.setDecorator<Session>(decorator, session);
}

/** The caller’s line to the kernel. Present on every route but the public ones. */
export function sessionOf(request: FastifyRequest): Session {
  return request.getDecorator<Session>(decorator);
}
