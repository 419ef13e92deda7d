import { AiosError, type ClientFrame, type ServerFrame, serverFrame } from '@aios/protocol';
import { type Endpoint, explainFailure, unreachable } from './explain-failure.ts';

const handshakeTimeoutMs = 10_000;

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
  signal?.throwIfAborted();
  const { url, token } = endpoint;
  const target = new URL('/api/socket', url);
  target.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const webSocket = new WebSocket(target, { headers });
  const ended = Promise.withResolvers<void>();
  const closed = (): void => ended.resolve();
  webSocket.addEventListener('close', closed, { once: true });
  await opened(webSocket, endpoint, signal);

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

async function opened(
  webSocket: WebSocket,
  endpoint: Endpoint,
  signal: AbortSignal | undefined,
): Promise<void> {
  const timeout = AbortSignal.timeout(handshakeTimeoutMs);
  const aborted = signal ? AbortSignal.any([signal, timeout]) : timeout;
  const outcome = await new Promise<'open' | 'failed' | 'aborted'>((resolve) => {
    webSocket.addEventListener('open', () => resolve('open'), { once: true });
    webSocket.addEventListener('error', () => resolve('failed'), { once: true });
    aborted.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
  if (outcome === 'open') return;
  if (outcome === 'failed') throw await explainFailure(endpoint);
  webSocket.close();
  signal?.throwIfAborted();
  throw unreachable(
    `No kernel answered at ${endpoint.url.origin} within ${handshakeTimeoutMs / 1000} seconds.`,
  );
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
