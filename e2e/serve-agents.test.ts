// Agents that a program elsewhere serves to a real kernel, over a real WebSocket.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, defineAgent, serveAgents } from '@aios/sdk';
import { freePort } from '@aios/testing/free-port';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cleanEnvironment, type KernelProcess, startKernel } from './kernel-process.ts';

let home: string;
let port: number;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'aios-serve-'));
  await writeFile(join(home, 'config.yaml'), 'llms: { models: [{ name: offline, backend: offline }] }\n');
  port = await freePort();
});
afterEach(() => rm(home, { recursive: true, force: true }));

const start = (): Promise<KernelProcess> => startKernel({ home, args: ['--port', String(port)] });

const keeper = defineAgent({
  name: 'keeper',
  permissions: ['memory.*', 'message.receive', 'process.log'],
  async run(_input, aios) {
    await aios.memory.add({ content: 'first' });
    await aios.process.log({ text: 'half way' });
    const { content } = await aios.message.receive();
    await aios.memory.add({ content: 'second' });
    return content;
  },
});

async function createKey(client: Client, permission: string): Promise<string> {
  const { token } = await client.key.create({ name: 'worker', permissions: [permission] as never });
  return token;
}

async function halfWay(client: Client, pid: number): Promise<void> {
  const read = () => client.process.logs({ pid: pid as never });
  await expect
    .poll(async () => (await read()).entries.some(({ text }) => text === 'half way'), { timeout: 10_000 })
    .toBe(true);
}

test('a durable agent goes on after its kernel was killed: the program that serves it comes back by itself', async () => {
  const states: string[] = [];
  const first = await start();
  const token = await createKey(first.client, 'process.serve:keeper');
  await using server = await serveAgents({
    agents: [keeper],
    url: first.url,
    token,
    onConnection: (state) => states.push(state),
  });
  const { pid } = await first.client.process.spawn({ agent: 'keeper', durable: true });
  const ordinary = await first.client.process.spawn({ agent: 'keeper' });
  await halfWay(first.client, pid);
  await first.crash();

  await using second = await start();
  const { client } = second;
  await client.message.send({ to: String(pid), content: 'after the crash' });
  expect(await client.process.wait({ pid, timeoutMs: 15_000 })).toMatchObject({
    state: 'succeeded',
    runtime: 'remote',
    output: 'after the crash',
  });
  expect(await client.process.get({ pid: ordinary.pid })).toMatchObject({ state: 'lost' });
  expect(states).toEqual(['connected', 'reconnecting', 'connected']);
  const { entries } = await client.process.logs({ pid });
  const added = entries.filter(({ text }) => text.startsWith('memory.add ok'));
  expect(added).toHaveLength(2);
  await server.close();
  const left = client.process.spawn({ agent: 'keeper' });
  await expect(left).rejects.toMatchObject({ code: 'not_found' });
});

test('a key without the permission for an agent serves nothing', async () => {
  await using kernel = await start();
  const token = await createKey(kernel.client, 'process.serve:another');
  await expect(serveAgents({ agents: [keeper], url: kernel.url, token })).rejects.toMatchObject({
    code: 'permission_denied',
    message: expect.stringContaining('process.serve:keeper'),
  });
  await expect(
    serveAgents({ agents: [keeper], url: kernel.url, token: 'aios_no_key' }),
  ).rejects.toMatchObject({
    code: 'unauthenticated',
  });
});

test('aios serve runs agents from their files until it is told to end', async () => {
  await using kernel = await start();
  const file = join(home, 'served.ts');
  await writeFile(
    file,
    `import { defineAgent } from '@aios/sdk';
export default defineAgent({ name: 'served', permissions: [], run: async (input) => ({ input, at: process.pid }) });`,
  );
  const main = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'aios.mjs');
  const program = spawn(process.execPath, [main, 'serve', file], {
    env: cleanEnvironment(home),
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const exited = once(program, 'exit');
  const [said] = await once(program.stderr.setEncoding('utf8'), 'data');
  expect(said).toContain('Serving served.');
  const { pid } = await kernel.client.process.spawn({ agent: 'served', input: [1] });
  expect(await kernel.client.process.wait({ pid, timeoutMs: 10_000 })).toMatchObject({
    output: { input: [1], at: program.pid },
  });
  program.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});
