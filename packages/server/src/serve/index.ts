// Programs elsewhere that serve agents: GET /api/serve, a WebSocket. What is said on it is the kernel's affair; this carries it.

import type { WebSocket } from '@fastify/websocket';
import type { FaceContext, RegisterFace } from '../face.ts';
import { sessionOf } from '../guard/index.ts';
import { closeSocket, goingAway, policyViolation, upgradeRoute } from '../socket/index.ts';

const servePath = '/api/serve';

export const registerServe: RegisterFace = (app, context) => {
  app.route({
    ...upgradeRoute(context, servePath, 'serveAgents of @aios/sdk, or "aios serve"'),
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
