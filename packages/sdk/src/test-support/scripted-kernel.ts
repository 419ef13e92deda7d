import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ClientFrame, clientFrame, type ServerFrame } from '@aios/protocol';
import { type WebSocket, WebSocketServer } from 'ws';

type Reply = (frame: ServerFrame) => void;

/** For tests: a server that speaks the frames of protocol and answers them as the test says. */
export interface ScriptedKernel extends AsyncDisposable {
  readonly url: string;
  readonly frames: ClientFrame[];
  /** Connections opened so far. */
  readonly connections: WebSocket[];
}

/** Serves `answer` on a free port. With a token, everything without it gets 401. */
export async function startScriptedKernel(
  answer: (frame: ClientFrame, reply: Reply) => void,
  token?: string,
): Promise<ScriptedKernel> {
  const frames: ClientFrame[] = [];
  const connections: WebSocket[] = [];
  const isAllowed = ({ headers }: IncomingMessage) => !token || headers.authorization === `Bearer ${token}`;
  const server = createServer((request, response) => {
    response.statusCode = isAllowed(request) ? 200 : 401;
    response.end('{}');
  });
  const sockets = new WebSocketServer({
    server,
    path: '/api/socket',
    verifyClient: ({ req }: { req: IncomingMessage }) => isAllowed(req),
  });
  sockets.on('connection', (socket) => {
    connections.push(socket);
    socket.on('message', (data) => {
      const frame = clientFrame.parse(JSON.parse(data.toString()));
      frames.push(frame);
      answer(frame, (reply) => socket.send(JSON.stringify(reply)));
    });
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    frames,
    connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of connections) socket.terminate();
      const closed = Promise.withResolvers<unknown>();
      server.close(closed.resolve);
      await closed.promise;
    },
  };
}
