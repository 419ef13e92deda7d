// System calls and events over one WebSocket: GET /api/socket. Frames are those of the protocol; many calls and
// subscriptions share the connection, and everything on it ends with it.

import type { WebSocket } from '@fastify/websocket';
import type { FastifyRequest } from 'fastify';
import type { RegisterFace } from '../face.ts';
import { sessionOf } from '../guard/index.ts';
import { closeSocket, policyViolation } from './close-socket.ts';
import { Connection } from './connection.ts';
import { upgradeRoute } from './upgrade-route.ts';

export { closeSocket, goingAway, policyViolation } from './close-socket.ts';
export { upgradeRoute } from './upgrade-route.ts';

export const socketPath = '/api/socket';

export const registerSocket: RegisterFace = (app, context) => {
  const connections = new Set<Connection>();
  const keepAlive = setInterval(() => {
    for (const connection of connections) connection.checkAlive();
  }, context.limits.heartbeatMs).unref();
  app.addHook('onClose', async () => clearInterval(keepAlive));

  app.route({
    ...upgradeRoute(context, socketPath, 'a WebSocket client'),
    wsHandler: (socket, request) => {
      const connection = new Connection(socket, {
        session: sessionOf(request),
        context,
        log: request.log,
        name: request.id,
      });
      const line = context.activity.openLine(connection);
      connections.add(connection);
      socket.once('close', () => {
        connections.delete(connection);
        line[Symbol.dispose]();
      });
    },
  });
};

/** For what is wrong with a connection itself, such as a frame over the size allowed. */
export function onSocketError(error: Error, socket: WebSocket, request: FastifyRequest): void {
  request.log.debug({ err: error, requestId: request.id }, 'socket failed');
  // Where the WebSocket library has begun to close with a code of its own, that code stays.
  void closeSocket(socket, policyViolation, error.message);
}
