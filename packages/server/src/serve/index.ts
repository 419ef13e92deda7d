// Programs elsewhere that serve agents: GET /api/serve, a WebSocket. What is said on it is the kernel's affair; this carries it.

import type { WebSocket } from '@fastify/websocket';
import { closingError } from '../activity.ts';
import type { FaceContext, RegisterFace } from '../face.ts';
import { HttpRefusal } from '../failure/index.ts';
import { sessionOf } from '../guard/index.ts';
import { closeSocket, goingAway, policyViolation } from '../socket/index.ts';

const servePath = '/api/serve';

export const registerServe: RegisterFace = (app, context) => {
  app.route({
    method: 'GET',
    url: servePath,
    exposeHeadRoute: false,
    preValidation: async () => {
      if (context.activity.isClosing) throw closingError();
    },
    handler: async (_request, reply) => {
      reply.header('upgrade', 'websocket');
      throw new HttpRefusal(
        426,
        'failed_precondition',
        `${servePath} speaks WebSocket: connect with serveAgents of @aios/sdk, or "aios serve".`,
      );
    },
    wsHandler: (socket, request) => {
      const line = context.kernel.attachHost(sessionOf(request), {
        send: (text) => socket.send(text),
        close: (reason) => void closeSocket(socket, policyViolation, reason),
      });
      const open = context.activity.openLine({ close: (reason) => closeSocket(socket, goingAway, reason) });
      const watch = watchOver(socket, context);
      socket.on('message', (data) => line.receive(data.toString()));
      socket.once('close', () => {
        watch[Symbol.dispose]();
        open[Symbol.dispose]();
        line.lost();
      });
    },
  });
};

/** Drops a connection over which nothing comes any more, not even an answer to a ping. */
function watchOver(socket: WebSocket, { limits }: FaceContext): Disposable {
  let heardAt = performance.now();
  const hear = () => {
    heardAt = performance.now();
  };
  socket.on('pong', hear).on('message', hear);
  const timer = setInterval(() => {
    if (performance.now() - heardAt > limits.silenceMs) socket.terminate();
    else socket.ping();
  }, limits.heartbeatMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
