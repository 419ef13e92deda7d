import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { always, startOpenAiServer } from '@aios/testing';
import { expect, test } from 'vitest';
import { providerNamed } from '../table.ts';
import { createAiSdkDriver } from './driver.ts';

const provider = providerNamed('vllm');
if (provider === undefined) throw new Error('There is no provider vllm.');
const call = { signal: new AbortController().signal };
const request = { messages: [{ role: 'user' as const, content: 'hello' }] };

/** A port at which connections wait for ever: its process stands still and its queue of connections is full. */
async function startUnresponsive(): Promise<{ port: number } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'aios-connect-'));
  const script = join(folder, 'listen.mjs');
  await writeFile(
    script,
    `import { createServer } from 'node:net';
const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => process.send(server.address().port));`,
  );
  const child = fork(script);
  const [port] = await once(child, 'message');
  child.kill('SIGSTOP');
  const waiting = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await once(waiting[0] ?? child, 'connect');
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of waiting) socket.destroy();
      child.kill('SIGKILL');
      await rm(folder, { recursive: true });
    },
  };
}

test('a connection that does not come about ends the call after the time given for it', async () => {
  await using server = await startUnresponsive();
  const baseUrl = `http://127.0.0.1:${server.port}/v1`;
  const driver = createAiSdkDriver({ provider, model: 'm', baseUrl, connectMs: 200 });
  const startedAt = performance.now();
  await expect(driver.chat(request, call)).rejects.toMatchObject({
    code: 'unavailable',
    details: { unreachable: true },
  });
  expect(performance.now() - startedAt).toBeLessThan(5000);
});

test('a reply that takes longer than connecting may take is waited for', async () => {
  await using server = await startOpenAiServer({ script: always({ text: 'late', delayMs: 400 }) });
  const driver = createAiSdkDriver({ provider, model: 'm', baseUrl: server.baseUrl, connectMs: 200 });
  expect((await driver.chat(request, call)).message.content).toBe('late');
});
