import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootKernel, createLogger, type Kernel } from '@aios/kernel';
import { type KernelEvent, type Problem, problem } from '@aios/protocol';
import { expect } from 'vitest';
import type { ServerLimits } from '../limits.ts';
import { type Server, startServer } from '../server.ts';
import { TestSocket } from './test-socket.ts';

export interface TestServer extends AsyncDisposable {
  readonly server: Server;
  readonly kernel: Kernel;
  readonly url: string;
  readonly token: string;
  /** Lines of the log so far. */
  readonly log: readonly string[];
  /** Sends a request with the token. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Makes a call, the body as it is given. */
  post(name: string, body?: RequestInit['body'], init?: RequestInit): Promise<Response>;
  /** Starts a process that runs until it is killed. */
  startSleeper(): Promise<number>;
  openSocket(): Promise<TestSocket>;
  /** Resolves when the next so many events of a type that concern a call of this name were published. */
  nextOf(type: 'syscall-started' | 'syscall-settled', name: string, count?: number): Promise<KernelEvent[]>;
}

const sleeper = `export default {
  [Symbol.for('aios.agent')]: true,
  manifest: { name: 'sleeper', runtime: 'inline', permissions: ['llm.*'] },
  start: (_input, _channel, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
};
`;

export interface TestServerOptions extends Partial<ServerLimits> {
  /** Content of config.yaml; what the machine offers is found when absent. */
  readonly config?: string;
  /** Variables of the environment; none when absent. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A kernel on a home of its own with its server on a free port. */
export async function startTestServer({
  config,
  env = {},
  ...limits
}: TestServerOptions = {}): Promise<TestServer> {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'aios-server-'));
  starting.defer(() => rm(folder, { recursive: true }));
  const agents = join(folder, 'agents');
  await mkdir(join(agents, 'sleeper'), { recursive: true });
  await writeFile(join(agents, 'sleeper/agent.mjs'), sleeper);
  const log: string[] = [];
  const logger = createLogger('debug', { write: (line: string) => void log.push(line) });
  const home = join(folder, 'home');
  if (config !== undefined) {
    await mkdir(home);
    await writeFile(join(home, 'config.yaml'), config);
  }
  const kernel = await bootKernel({ home, env, logger, agentFolders: [{ path: agents, trusted: true }] });
  starting.defer(() => kernel.close({ drainMs: 0 }));
  const server = await startServer({ kernel, port: 0, logger, limits });
  starting.defer(() => server.close({ drainMs: 0 }));
  const { url } = server;
  const token = (await readFile(join(home, 'credentials'), 'utf8')).trim();

  const request = (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${token}`, ...init.headers };
    return fetch(new URL(path, url), { ...init, headers });
  };
  const post = (name: string, body: RequestInit['body'] = '{}', init: RequestInit = {}) => {
    const headers = { 'content-type': 'application/json', ...init.headers };
    return request(`/api/syscalls/${name}`, { method: 'POST', body, duplex: 'half', ...init, headers });
  };
  const running = starting.move();
  return {
    server,
    kernel,
    url,
    token,
    log,
    request,
    post,
    startSleeper: async () => {
      const { pid } = await kernel.open(token).call('process.spawn', { agent: 'sleeper', runtime: 'inline' });
      return pid;
    },
    nextOf: (type, name, count = 1) => nextOf(kernel, type, name, count),
    openSocket: () => TestSocket.open(url, token),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function nextOf(
  kernel: Kernel,
  type: KernelEvent['type'],
  name: string,
  count: number,
): Promise<KernelEvent[]> {
  const { promise, resolve } = Promise.withResolvers<KernelEvent[]>();
  const seen: KernelEvent[] = [];
  const listening = kernel.events.subscribe((event) => {
    if (event.type !== type || !('name' in event) || event.name !== name) return;
    seen.push(event);
    if (seen.length < count) return;
    listening[Symbol.dispose]();
    resolve(seen);
  });
  return promise;
}

/** The problem document of an answer, after a look at what every one of them must be. */
export async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const text = await response.text();
  expect(text).not.toMatch(/\bat .*\.(ts|js|mjs):\d+/);
  const document = problem.parse(JSON.parse(text));
  expect(document.status).toBe(response.status);
  return document;
}
