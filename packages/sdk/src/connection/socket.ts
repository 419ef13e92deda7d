import { AiosError, type ClientFrame, type ServerFrame, serverFrame } from '@aios/protocol';
import { type Endpoint, unreachable } from './explain-failure.ts';
import { openWebSocket } from './web-socket.ts';

export interface SocketListener {
  onFrame(frame: ServerFrame): void;
  /** Called once, when the connection has ended, whoever ended it. */
  onEnd(error: AiosError): void;
}

/** An open connection that carries frames. */
export interface Socket {
  send(frame: ClientFrame): void;
  /** Ends the connection and waits until it has ended. */
  close(): Promise<void>;
}

/** Opens a connection to a kernel. Throws `unavailable`, `unauthenticated` or what the kernel says; `cancelled` on abort. */
export async function openSocket(
  endpoint: Endpoint,
  listener: SocketListener,
  signal?: AbortSignal,
): Promise<Socket> {
  const { url } = endpoint;
  const webSocket = await openWebSocket(endpoint, '/api/socket', signal);
  const ended = Promise.withResolvers<void>();
  webSocket.addEventListener('close', () => ended.resolve(), { once: true });
  let fault: AiosError | undefined;
  webSocket.addEventListener('message', ({ data }) => {
    const frame = parseFrame(data);
    if (frame) return listener.onFrame(frame);
    fault ??= new AiosError(
      'internal',
      `The kernel at ${url.origin} sent something that this client does not understand. Are both of one version?`,
    );
    webSocket.close();
  });
  webSocket.addEventListener(
    'close',
    () => listener.onEnd(fault ?? unreachable(`The connection to the kernel at ${url.origin} was lost.`)),
    { once: true },
  );
  return {
    send: (frame) => webSocket.send(JSON.stringify(frame)),
    close: async () => {
      webSocket.close(1000);
      await ended.promise;
    },
  };
}

function parseFrame(data: unknown): ServerFrame | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    return serverFrame.safeParse(JSON.parse(data)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
