import { type Endpoint, explainFailure, unreachable } from './explain-failure.ts';

const handshakeTimeoutMs = 10_000;

/** Opens a WebSocket to a kernel. Throws `unavailable`, `unauthenticated` or what the kernel says; `cancelled` on abort. */
export async function openWebSocket(
  endpoint: Endpoint,
  path: string,
  signal: AbortSignal | undefined,
): Promise<WebSocket> {
  signal?.throwIfAborted();
  const { url, token } = endpoint;
  const target = new URL(path, url);
  target.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const webSocket = new WebSocket(target, { headers });
  await opened(webSocket, endpoint, signal);
  return webSocket;
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
