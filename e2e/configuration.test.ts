// A running kernel follows its configuration: keys, models and mistakes, without a restart and without showing a key.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KernelEvent } from '@aios/sdk';
import { always, type OpenAiServer, startOpenAiServer } from '@aios/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aios, type CommandResult, type KernelProcess, startKernel } from './kernel-process.ts';

const key = 'sk-right-0123456789abcdefghij';
const wrongKey = 'sk-wrong-0123456789abcdefghij';
const resources = new AsyncDisposableStack();
/** Everything that commands printed. */
const outputs: string[] = [];
let home = '';
let server: OpenAiServer;
let kernel: KernelProcess;

beforeAll(async () => {
  server = resources.use(
    await startOpenAiServer({ key, models: ['small', 'large'], script: always({ text: 'pong' }) }),
  );
  home = await mkdtemp(join(tmpdir(), 'aios-configuration-'));
  resources.defer(() => rm(home, { recursive: true, force: true }));
  await saveConfig(['small']);
  kernel = resources.use(await startKernel({ home }));
});

afterAll(() => resources.disposeAsync());

const saveConfig = (models: readonly string[]) =>
  writeFile(
    join(home, 'config.yaml'),
    [
      'log: { level: trace }',
      'llms:',
      '  models:',
      ...models.map((name) => `    - { name: ${name}, backend: openai, hostname: ${server.baseUrl} }`),
      '',
    ].join('\n'),
  );

async function run(args: readonly string[], input?: string): Promise<CommandResult> {
  const result = await aios(args, { home, ...(input !== undefined && { input }) });
  outputs.push(result.stdout, result.stderr);
  return result;
}

const ask = async (model: string) => {
  const { message } = await kernel.client.llm.chat({ model, messages: [{ role: 'user', content: 'ping' }] });
  return message.content;
};

/** The next event of this type, whatever is done after this was called. */
async function nextEvent(type: KernelEvent['type']): Promise<{ event: Promise<KernelEvent> }> {
  const seen = Promise.withResolvers<KernelEvent>();
  const subscription = await kernel.client.subscribe({ types: [type] }, (event) => {
    subscription[Symbol.dispose]();
    seen.resolve(event);
  });
  return { event: seen.promise };
}

/** Files of the home that hold a text. */
async function filesWith(text: string): Promise<string[]> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const contents = await Promise.all(files.map(async (path) => ({ path, content: await readFile(path) })));
  return contents
    .filter(({ content }) => content.includes(text))
    .map(({ path }) => path.slice(home.length + 1));
}

test('a key that is set takes effect on the next call; a wrong one is not stored', async () => {
  await expect(ask('small')).rejects.toThrow();
  const wrong = await run(['env', 'set', 'OPENAI_API_KEY', '--value-from-stdin'], `${wrongKey}\n`);
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('not stored') });
  await expect(ask('small')).rejects.toThrow();

  const right = await run(['env', 'set', 'openai', '--value-from-stdin', '--json'], `${key}\n`);
  expect(right.code).toBe(0);
  expect(JSON.parse(right.stdout)).toMatchObject({
    name: 'OPENAI_API_KEY',
    stored: true,
    check: { outcome: 'accepted' },
    kernel: 'refreshed',
  });
  expect(await ask('small')).toBe('pong');
  expect((await run(['env', 'list'])).stdout).toMatch(/OPENAI_API_KEY +sk-…ghij +\.env +openai +yes/);
});

test('a model of a saved file can be called; a broken save changes nothing and says why', async () => {
  const reloaded = await nextEvent('config-reloaded');
  await saveConfig(['small', 'large']);
  expect(await reloaded.event).toMatchObject({ changed: ['llms.models[1]'] });
  expect(await ask('large')).toBe('pong');

  const rejected = await nextEvent('config-rejected');
  const file = join(home, 'config.yaml');
  const right = await readFile(file, 'utf8');
  await writeFile(file, right.replace('name: large, backend: openai', 'name: large, backend: opnai'));
  await rejected.event;
  const refresh = await run(['refresh']);
  expect(refresh).toMatchObject({ code: 2, stdout: '' });
  expect(refresh.stderr).toMatch(
    /Nothing has changed.*\nconfig\.yaml:5:\d+ llms\.models\[1\]\.backend: .*openai/s,
  );
  expect(await ask('large')).toBe('pong');
  expect((await run(['models', '--json'])).stdout).toContain('"large"');

  await writeFile(file, right);
  expect(await run(['refresh'])).toMatchObject({ code: 0, stdout: expect.stringContaining('already') });
});

test('one question from the command line, and what it used', async () => {
  const piped = await run(['chat', '--model', 'large'], 'ping');
  expect(piped).toMatchObject({
    code: 0,
    stdout: 'pong\n',
    stderr: expect.stringContaining('large (openai)'),
  });
  const { stdout } = await run(['chat', 'ping', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ message: { content: 'pong' }, model: 'small' });
});

test('a key that is taken away is gone on the next call', async () => {
  expect((await run(['env', 'unset', 'OPENAI_API_KEY'])).code).toBe(0);
  await expect(ask('small')).rejects.toThrow();
  await run(['env', 'set', 'OPENAI_API_KEY', '--value-from-stdin', '--no-test'], key);
  expect(await ask('small')).toBe('pong');
});

test('no key stands anywhere but in the secret store', async () => {
  for (const command of [
    ['status', '--json'],
    ['config', 'list'],
    ['models', '--json'],
    ['env', 'list', '--json'],
  ]) {
    expect((await run(command)).code).toBe(0);
  }
  for (const secret of [key, wrongKey]) {
    expect(await filesWith(secret)).toEqual(secret === key ? ['.env'] : []);
    expect(outputs.join('\n')).not.toContain(secret);
    expect(kernel.printed()).not.toContain(secret);
  }
  expect(kernel.printed()).toContain('configuration reloaded');
});
