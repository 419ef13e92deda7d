// What a child may do wrong, and what becomes of it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { AiosError, type JsonValue, pid as pidSchema, tenantId } from '@aios/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../../telemetry/index.ts';
import { BrokenRuntime } from '../broken-runtime.ts';
import type { Runtime, Task } from '../runtime.ts';
import { createChildRuntime } from './child-runtime.ts';
import { childEnvironment } from './program.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aios-child-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What each program begins with: `say` sends a frame, `heard` is called with each frame of the kernel. */
const beginning = `
const { Socket } = require('node:net');
const kernel = new Socket({ fd: 3 });
const say = (frame) => kernel.write(JSON.stringify(frame) + '\\n');
let heard = () => undefined, rest = '';
const read = (data) => {
  const lines = (rest + data).split('\\n');
  rest = lines.pop();
  for (const line of lines) heard(JSON.parse(line));
};
kernel.setEncoding('utf8').on('data', read).on('end', () => process.exit());
`;

function runtimeOf(script: string): Runtime {
  return createChildRuntime({
    program: () => ({
      command: process.execPath,
      arguments: ['-e', `${beginning}${script}`],
      environment: childEnvironment(),
      folder,
    }),
    maxFrameBytes: 100_000,
    logger: createLogger('silent'),
  });
}

interface Watched {
  readonly task: Task;
  readonly printed: string[];
  readonly stop: AbortController;
  readonly requests: [string, unknown][];
}

function watched(answer: Task['line']['request'] = async () => null): Watched {
  const printed: string[] = [];
  const requests: [string, unknown][] = [];
  const stop = new AbortController();
  const request: Task['line']['request'] = (name, input, options) => {
    requests.push([name, input]);
    return answer(name, input, options);
  };
  const task: Task = {
    pid: pidSchema.parse(7),
    agent: 'some',
    tenant: tenantId.parse('default'),
    isDurable: false,
    entry: 'file:///some.ts',
    input: null,
    line: { request, call: request as Task['line']['call'] },
    signal: stop.signal,
    isDropped: () => false,
    ending: new AbortController().signal,
    onSignal: () => undefined,
    started: () => undefined,
    isSuspect: false,
    printed: (_stream, text) => printed.push(text),
  };
  return { task, printed, stop, requests };
}

async function run(script: string, { task } = watched()): Promise<JsonValue> {
  await using runtime = runtimeOf(script);
  return await runtime.run(task);
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test.each([
  ['a line that is not JSON', 'kernel.write("{oops\\n")', 'not JSON'],
  ['a frame of no known type', 'say({ type: "hello" })', 'malformed frame'],
  ['a frame for which it lacks a field', 'say({ type: "call", pid: 7 })', 'malformed frame'],
  [
    'the end of its connection',
    'kernel.destroy(); setInterval(() => undefined, 1000)',
    'closed its connection',
  ],
  ['a frame without end', 'for (;;) kernel.write("x".repeat(10_000))', 'over 100000 bytes'],
  [
    'a frame that is too large',
    'say({ type: "call", pid: 7, id: 1, name: "x".repeat(200_000) })',
    'over 100000',
  ],
])('a child that sends %s is ended', async (_what, script, message) => {
  const running = run(`heard = () => { ${script} }`);
  await expect(running).rejects.toBeInstanceOf(BrokenRuntime);
  await expect(running).rejects.toThrow(message);
});

test('a child that does not read what it asked for is ended, and what waits for it is bounded', async () => {
  const script = `heard = ({ type }) => {
    kernel.pause();
    setInterval(() => undefined, 1000);
    say({ type: 'started', pid: 7 });
    say({ type: 'call', pid: 7, id: 1, name: 'some.call', stream: true });
  }`;
  const endless = watched(async (_name, _input, { onChunk, signal } = {}) => {
    while (!signal?.aborted) {
      onChunk?.('x'.repeat(50_000));
      await setImmediate();
    }
  });
  await expect(run(script, endless)).rejects.toThrow(/does not read: \d{7} bytes/);
});

test('frames for other processes reach nobody', async () => {
  const exit = (pid: number, output: string) =>
    `say({ type: 'exit', pid: ${pid}, outcome: { ok: true, output: '${output}' } });`;
  const script = `heard = () => {
    say({ type: 'started', pid: 7 });
    say({ type: 'call', pid: 8, id: 1, name: 'memory.add' });
    ${exit(8, 'stolen')} ${exit(7, 'own')}
  }`;
  const process = watched();
  expect(await run(script, process)).toBe('own');
  expect(process.requests).toEqual([]);
});

test('calls beyond those that are allowed at once are refused, and the others answered', async () => {
  const script = `let answered = 0, refused = 0;
  heard = ({ type, error }) => {
    if (type === 'start') say({ type: 'started', pid: 7 });
    if (type === 'start') for (let id = 0; id < 10_005; id += 1) say({ type: 'call', pid: 7, id, name: 'x.y' });
    if (type === 'result') answered += 1;
    if (type === 'error' && error.code === 'rate_limited') refused += 1;
    if (refused === 5 && answered === 0) say({ type: 'listening', pid: 7 });
    if (answered + refused < 10_005) return;
    say({ type: 'exit', pid: 7, outcome: { ok: true, output: { answered, refused } } });
  }`;
  const { promise, resolve } = Promise.withResolvers<void>();
  const process = watched(() => promise);
  const output = await run(script, { ...process, task: { ...process.task, onSignal: () => resolve() } });
  expect(output).toEqual({ answered: 10_000, refused: 5 });
});

test('one that heeds nothing is ended by force, and so is what it started', async () => {
  const script = `process.on('SIGTERM', () => undefined);
  const grandchild = require('node:child_process').spawn('sleep', ['60']);
  console.log(process.pid, grandchild.pid);`;
  const runtime = runtimeOf(script);
  const { task, printed, stop } = watched();
  const running = runtime.run(task);
  await expect.poll(() => printed.length, { timeout: 10_000 }).toBe(1);
  stop.abort(new AiosError('cancelled', 'killed'));
  await expect(running).rejects.toThrow('killed');
  await runtime[Symbol.asyncDispose]();
  for (const pid of (printed[0] ?? '').split(' ').map(Number)) {
    await expect.poll(() => isAlive(pid)).toBe(false);
  }
});

test('a program that is not there is a clear error', async () => {
  await using runtime = createChildRuntime({
    program: () => ({ command: '/no/such/program', arguments: [], environment: {}, folder }),
    maxFrameBytes: 1000,
    logger: createLogger('silent'),
  });
  await expect(runtime.run(watched().task)).rejects.toThrow('could not be started');
});

test('a child that computes without end does not outlive the kernel', async () => {
  const agent = join(folder, 'spinner.mjs');
  await writeFile(
    agent,
    `export default {
  [Symbol.for('aios.agent')]: true,
  manifest: { name: 'spinner' },
  start: async () => { process._rawDebug('child', process.pid); for (;;); },
};`,
  );
  const program = join(folder, 'kernel.mjs');
  const here = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  await writeFile(
    program,
    `import { createChildRuntime } from ${here('./child-runtime.ts')};
import { createNodeProgram } from ${here('./node-program.ts')};
const never = new AbortController().signal;
const program = createNodeProgram({ maxHeapBytes: () => 1e8, cacheFolder: ${JSON.stringify(folder)}, offeredImports: {} });
const runtime = createChildRuntime({ program, maxFrameBytes: 1000, logger: console });
await runtime.run({
  pid: 7, agent: 'spinner', entry: ${JSON.stringify(`file://${agent}`)}, input: null, signal: never, ending: never,
  isDropped: () => false, onSignal: () => undefined, started: () => undefined,
  printed: (_stream, text) => console.log(text),
});`,
  );
  const kernel = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = await once(kernel.stdout.setEncoding('utf8'), 'data');
  const child = Number(/child (\d+)/.exec(text)?.[1]);
  expect(isAlive(child)).toBe(true);
  kernel.kill('SIGKILL');
  await expect.poll(() => isAlive(child), { timeout: 10_000 }).toBe(false);
});
