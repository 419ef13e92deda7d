import { type AgentDefinition, type AiosError, toAiosError } from '@aios/protocol';
import { locateKernel } from '../connection/locate-kernel.ts';
import { HostLink, type ServedConnection } from './host-link.ts';

export interface ServeAgentsOptions {
  agents: readonly AgentDefinition[];
  /** Processes that run here at the same time; 10 unless given. */
  maxProcesses?: number;
  /** As with `connect`. */
  url?: string;
  token?: string;
  home?: string;
  /** Ends the serving when it fires. */
  signal?: AbortSignal;
  /** Told of each change of the connection, with what ended it. */
  onConnection?: (state: 'connected' | 'reconnecting', reason?: AiosError) => void;
}

/** Agents that are being served. Disposing of it is closing it. */
export interface AgentServer extends AsyncDisposable {
  /** Resolves once it serves no longer; rejects with what the kernel refused. */
  readonly closed: Promise<void>;
  /** Serves no longer: durable processes go on with another program, the others are lost. */
  close(): Promise<void>;
}

/** Milliseconds before the first new attempt; twice as long before each further one, up to the longest. */
const firstPauseMs = 200;
const longestPauseMs = 10_000;

/**
 * Serves agents to a kernel anywhere: their processes run here, in this program, over one WebSocket. Resolves once the kernel
 * has taken the offer. Connects anew after a connection was lost, and the processes go on as if nothing had been. Throws
 * `unavailable`, `unauthenticated` or `permission_denied` (the key needs `process.serve` for each agent).
 */
export async function serveAgents(options: ServeAgentsOptions): Promise<AgentServer> {
  const endpoint = await locateKernel(options);
  const { agents, maxProcesses = 10, onConnection } = options;
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const link = new HostLink({ endpoint, agents, maxProcesses });
  const first = await link.connect(signal);
  onConnection?.('connected');
  const closed = keepConnected(link, first, signal, onConnection).finally(() => link.close());
  // Who does not wait for it hears of it by `close`.
  closed.catch(() => undefined);
  const close = async (): Promise<void> => {
    stop.abort();
    await closed;
  };
  return { closed, close, [Symbol.asyncDispose]: close };
}

async function keepConnected(
  link: HostLink,
  first: ServedConnection,
  signal: AbortSignal,
  onConnection: ServeAgentsOptions['onConnection'],
): Promise<void> {
  let connection = first;
  while (true) {
    const reason = await untilAborted(connection.ended, signal);
    if (reason === undefined) return;
    onConnection?.('reconnecting', reason);
    const again = await reconnect(link, signal);
    if (again === undefined) return;
    connection = again;
    onConnection?.('connected');
  }
}

/** Undefined where the signal fired. */
async function reconnect(link: HostLink, signal: AbortSignal): Promise<ServedConnection | undefined> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    // Hosts that lost the same kernel do not all come back at the same moment.
    await untilAborted(
      new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random() / 2))),
      signal,
    );
    if (signal.aborted) return undefined;
    try {
      return await link.connect(signal);
    } catch (thrown) {
      if (signal.aborted) return undefined;
      const error = toAiosError(thrown);
      if (error.code !== 'unavailable') throw error;
    }
  }
}

async function untilAborted<Result>(
  promise: Promise<Result>,
  signal: AbortSignal,
): Promise<Result | undefined> {
  const aborted = Promise.withResolvers<undefined>();
  const onAbort = () => aborted.resolve(undefined);
  if (signal.aborted) return undefined;
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
