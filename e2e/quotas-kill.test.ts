// kill -9 of the kernel in the middle of paid calls: no quota is under-counted after the next boot.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { always, type OpenAiServer, startOpenAiServer } from '@aios/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startKernel } from './kernel-process.ts';

const rounds = 3;
const limitUsd = 100;
/** Of the 100 input and 100 output tokens of each reply, at 50 dollars a million. */
const replyUsd = 0.01;
const resources = new AsyncDisposableStack();
let home = '';
let server: OpenAiServer;

beforeAll(async () => {
  server = resources.use(
    await startOpenAiServer({
      models: ['paid'],
      script: always({ text: 'pong', usage: { inputTokens: 100, outputTokens: 100 } }),
    }),
  );
  home = await mkdtemp(join(tmpdir(), 'aios-quotas-'));
  resources.defer(() => rm(home, { recursive: true, force: true }));
  await writeFile(
    join(home, 'config.yaml'),
    `llms:
  models:
    - { name: paid, backend: openai, hostname: ${server.baseUrl}, api_key: sk-test, prices: { input: 50, output: 50 } }
quotas: { users: { operator: { per_day: { usd: ${limitUsd} }, usd: ${limitUsd} } } }
`,
  );
});

afterAll(() => resources.disposeAsync());

test('after each kill at least what was answered counts, and at most the headroom more', async () => {
  let answered = 0;
  let started = 0;
  for (let round = 0; round < rounds; round += 1) {
    const kernel = await startKernel({ home });
    const enough = Promise.withResolvers<void>();
    const until = answered + 40;
    const ask = async () => {
      for (;;) {
        started += 1;
        await kernel.client.llm.chat({ maxTokens: 100, messages: [{ role: 'user', content: 'ping' }] });
        answered += 1;
        if (answered >= until) enough.resolve();
      }
    };
    // Each of them ends when the kernel does.
    const asking = Promise.allSettled(Array.from({ length: 4 }, ask));
    await enough.promise;
    await kernel.crash();
    await asking;

    const again = await startKernel({ home });
    const { quotas } = await again.client.quota.list();
    expect(quotas.map(({ dimension, window }) => [dimension, window])).toEqual([
      ['usd', 'day'],
      ['usd', 'total'],
    ]);
    for (const { used } of quotas) {
      expect(used).toBeGreaterThanOrEqual(answered * replyUsd - 1e-9);
      expect(used).toBeLessThanOrEqual(started * replyUsd + (round + 1) * limitUsd * 0.02 + 1e-9);
    }
    await again[Symbol.asyncDispose]();
  }
});
