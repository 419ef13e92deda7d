import type { CloseOptions, Kernel, Logger } from '@aios/kernel';
import { AiosError } from '@aios/protocol';
import type { FastifyInstance } from 'fastify';
import { Activity } from './activity.ts';
import { createApplication } from './application.ts';
import { explainListenFailure } from './busy-port.ts';
import { isLoopback } from './guard/index.ts';
import { defaultLimits, type ServerLimits } from './limits.ts';

const defaultDrainMs = 5000;

export interface ServerOptions {
  readonly kernel: Kernel;
  /** Address to listen on; that of the configuration when absent. */
  readonly host?: string | undefined;
  /** Port to listen on, 0 for a free one; that of the configuration when absent. */
  readonly port?: number | undefined;
  readonly logger: Logger;
  readonly limits?: Partial<ServerLimits> | undefined;
}

/** The running daemon. Disposing of it is closing it. */
export interface Server extends AsyncDisposable {
  /** Where it answers, such as http://127.0.0.1:8000. */
  readonly url: string;
  /**
   * Refuses new calls, lets running ones finish within `drainMs` (5000), closes sockets and streams, stops listening and
   * closes the kernel with what is left of the time.
   */
  close(options?: CloseOptions): Promise<void>;
}

/** Serves a kernel. Throws `unavailable`, saying what to do, when it cannot listen; the kernel is then left open. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { kernel, logger } = options;
  const { server: config } = kernel.config;
  const host = listenHost(options.host ?? config.host);
  const port = options.port ?? config.port;
  const activity = new Activity();
  const limits = { ...defaultLimits, ...options.limits };
  const app = await createApplication({ context: { kernel, activity, limits }, host, logger });
  try {
    await app.listen({ host, port, listenTextResolver: (address) => `listening at ${address}` });
  } catch (cause) {
    await app.close();
    throw await explainListenFailure(cause, host, port);
  }
  if (!isLoopback(host)) {
    logger.warn(
      { host },
      'other machines can reach this kernel; anyone with its token can use it, and HTTP hides nothing',
    );
  }
  let closing: Promise<void> | undefined;
  const close = (closeOptions?: CloseOptions): Promise<void> => {
    closing ??= closeAll(app, activity, kernel, closeOptions);
    return closing;
  };
  return { url: urlOf(app), close, [Symbol.asyncDispose]: close };
}

/** Fastify would open one server per address of `localhost`; the one of IPv4 is what every client tries. */
function listenHost(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host;
}

function urlOf(app: FastifyInstance): string {
  const address = app.server.address();
  if (address === null || typeof address === 'string')
    throw new AiosError('internal', 'The server listens, but on no address.');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

async function closeAll(
  app: FastifyInstance,
  activity: Activity,
  kernel: Kernel,
  { drainMs = defaultDrainMs, reason = 'shutdown' }: CloseOptions = {},
): Promise<void> {
  const deadline = performance.now() + drainMs;
  await activity.close(drainMs, reason);
  const cutOff = setTimeout(() => app.server.closeAllConnections(), responseGraceMs);
  await app.close();
  clearTimeout(cutOff);
  await kernel.close({ drainMs: Math.max(0, deadline - performance.now()), reason });
}

/** Milliseconds that the last answers get to reach their readers. */
const responseGraceMs = 1000;
