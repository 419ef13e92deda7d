import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { firstOf, rules, startOpenAiServer } from '@aios/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { wellBehaved } from './well-behaved.fixture.ts';

const key = 'local-key-0123456789';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'provider-command-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Starts the command with the key of vLLM in its environment. */
function start(...words: string[]) {
  const command = spawn(process.execPath, [join(import.meta.dirname, '../check-provider.ts'), ...words], {
    env: { PATH: process.env.PATH, TMPDIR: folder, VLLM_API_KEY: key },
  });
  const printed = Promise.all([text(command.stdout), text(command.stderr)]).then((texts) => texts.join(''));
  const code = once(command, 'close').then(([exitCode]) => exitCode);
  return { command, finished: async () => ({ code: await code, printed: await printed }) };
}

test('prints a table and fails where a promise is broken, without the key', async () => {
  const script = firstOf(rules([/your answer/, { text: 'I am a model.' }]), wellBehaved);
  await using server = await startOpenAiServer({ script, models: ['known'], key });
  const { code, printed } = await start('vllm', 'known', '--hostname', server.baseUrl).finished();
  expect(printed).toMatch(/^whole reply +passed +\d+\.\d s +\d+$/m);
  expect(printed).toMatch(/^system prompt +failed .*I am a model/m);
  expect(printed).toMatch(/^embeddings +not offered /m);
  expect(printed).not.toContain(key);
  expect(code).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test('--json prints the report alone', async () => {
  await using server = await startOpenAiServer({ script: wellBehaved, models: ['known'], key });
  const { code, printed } = await start('vllm', 'known', '--hostname', server.baseUrl, '--json').finished();
  expect(JSON.parse(printed)).toMatchObject({ backend: 'vllm', model: 'known', passed: true });
  expect(code).toBe(0);
});

test('Ctrl-C ends it and leaves nothing behind', async () => {
  await using server = await startOpenAiServer({ script: () => ({ text: 'late', delayMs: 60_000 }) });
  const { command, finished } = start('vllm', 'known', '--hostname', server.baseUrl);
  await server.requestAt(0);
  command.kill('SIGINT');
  expect((await finished()).code).toBe(130);
  expect(await readdir(folder)).toEqual([]);
});

test.each([[['vllm']], [['vllm', 'known', '--nonsense']]])('says how it is used for %j', async (words) => {
  const { code, printed } = await start(...words).finished();
  expect(code).toBe(2);
  expect(printed).toContain('Usage: npm run provider -- BACKEND MODEL');
});
