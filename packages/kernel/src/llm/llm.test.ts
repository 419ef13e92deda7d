import { createServer } from 'node:net';
import { type AiosError, type ChatReply, tenantId, toAiosError, userId } from '@aios/protocol';
import { always, startOpenAiServer } from '@aios/testing';
import { expect, test } from 'vitest';
import { type Config, configSchema } from '../config/index.ts';
import type { Caller, SyscallContext } from '../syscall/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { createLlm, type Llm } from './llm.ts';

const logger = createLogger('silent');
const queues = { load: () => ({ running: 1, queued: 2 }) };
/** Nothing listens on port 9, so that a real Ollama on the machine is not found. */
const noOllama = { OLLAMA_HOST: '127.0.0.1:9' };
const caller: Caller = {
  tenant: tenantId.parse('tenant'),
  user: userId.parse('user'),
  policy: { layers: [], allows: () => true },
};

function config(llms: object = {}, rest: object = {}): Config {
  return configSchema.parse({ llms, ...rest });
}

function create(current: () => Config, env: NodeJS.ProcessEnv = noOllama): Promise<Llm> {
  return createLlm({ config: current, env, logger, queues });
}

const settings = (llms: object, rest?: object, env?: NodeJS.ProcessEnv) =>
  create(() => config(llms, rest), env);

function chat(llm: Llm, model?: string) {
  const input = { messages: [{ role: 'user' as const, content: 'Hello there' }], ...(model && { model }) };
  const prepared = llm.handlers['llm.chat'].prepare(input, caller);
  const context: SyscallContext<'llm.chat'> = {
    call: '1',
    caller,
    signal: new AbortController().signal,
    invoke: () => Promise.reject(new Error('not offered')),
    moveTo: async () => undefined,
    authorise: () => undefined,
  };
  return { prepared, run: (): Promise<ChatReply> => prepared.execute(context) };
}

async function failure(job: () => unknown): Promise<AiosError> {
  try {
    await job();
  } catch (error) {
    return toAiosError(error);
  }
  throw new Error('It should have failed.');
}

const names = (llm: Llm) => llm.models().map(({ name }) => name);

test('finds only the offline model where there is no key and no Ollama', async () => {
  const llm = await settings({});
  expect(llm.models()).toEqual([
    {
      name: 'offline',
      provider: 'offline',
      isDefault: true,
      capabilities: ['chat', 'stream', 'tools', 'embed'],
      concurrency: 32,
      running: 1,
      queued: 2,
      notice: expect.stringMatching(/no neural network/),
    },
  ]);
  expect([...llm.capacities()]).toEqual([{ queue: 'core:offline', slots: 32 }]);
});

test('finds the providers whose key is set, then Ollama’s models, and offline last', async () => {
  await using ollama = await startOpenAiServer({
    script: always({ text: 'x' }),
    models: ['nomic-embed-text', 'qwen3:8b'],
  });
  const env = { OLLAMA_HOST: ollama.origin.replace('http://', ''), GROQ_API_KEY: 'gsk_x' };
  const llm = await settings({}, { api_keys: { anthropic: { auth_token: 'k' }, openai: '' } }, env);
  expect(names(llm)).toEqual([
    'claude-sonnet-5-5',
    'openai/gpt-oss-120b',
    'qwen3:8b',
    'nomic-embed-text',
    'offline',
  ]);
  expect(llm.models()[0]?.isDefault).toBe(true);
  expect(llm.models()[3]?.capabilities).toEqual(['embed']);
  expect((await chat(llm, 'qwen3:8b').run()).message.content).toBe('x');
});

test('names two models apart that are called the same by two providers', async () => {
  const env = { ...noOllama, TOGETHER_API_KEY: 'a', OPENROUTER_API_KEY: 'b', HF_TOKEN: 'c' };
  const llm = await settings({}, {}, env);
  expect(new Set(names(llm)).size).toBe(names(llm).length);
});

test('waits for an Ollama that does not answer no longer than its time', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const address = silent.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const begun = performance.now();
  const llm = await settings({}, {}, { OLLAMA_HOST: `127.0.0.1:${address.port}` });
  expect(performance.now() - begun).toBeLessThan(600);
  expect(names(llm)).toEqual(['offline']);
  silent.close();
});

test('config and environment choose the default', async () => {
  const models = [
    { name: 'a', backend: 'offline' },
    { name: 'b', backend: 'offline' },
    { name: 'c', backend: 'offline' },
  ];
  const defaultOf = (llm: Llm) => llm.models().find(({ isDefault }) => isDefault)?.name;
  expect(defaultOf(await settings({ models }))).toBe('a');
  expect(defaultOf(await settings({ models, default: 'b' }))).toBe('b');
  expect(defaultOf(await settings({ models, default: 'b' }, {}, { AIOS_MODEL: 'c' }))).toBe('c');
});

test.each([
  [
    { models: [{ name: 'a', backend: 'opnai' }] },
    'llms.models[0].backend',
    /Did you mean "openai"\? Known: openai, /,
  ],
  [
    {
      models: [
        { name: 'a', backend: 'offline' },
        { name: 'b', backend: 'vllm' },
      ],
    },
    'llms.models[1].hostname',
    /needs the URL/,
  ],
  [
    {
      models: [
        { name: 'a', backend: 'offline' },
        { name: 'a', backend: 'offline' },
      ],
    },
    'llms.models[1].name',
    /taken/,
  ],
  [
    { models: [{ name: 'a', backend: 'vllm', hostname: 'http://u:p@x' }] },
    'llms.models[0].hostname',
    /api_key/,
  ],
  [{ models: [{ name: 'a', backend: 'offline' }], default: 'b' }, 'llms.default', /Known: a/],
])('a wrong configuration names its key: %j', async (llms, key, message) => {
  const error = await failure(() => settings(llms));
  expect(error).toMatchObject({ code: 'invalid_argument', details: { key } });
  expect(error.message.startsWith(`${key}: `)).toBe(true);
  expect(error.message).toMatch(message);
});

test('a wrong AIOS_MODEL is named as such', async () => {
  const error = await failure(() => settings({}, {}, { ...noOllama, AIOS_MODEL: 'offlin' }));
  expect(error.message).toMatch(/^AIOS_MODEL: .*Did you mean "offline"/);
});

test('a hostname without a path gets the usual one', async () => {
  const hosts = [
    { name: 'a', backend: 'vllm', hostname: 'http://gpu:8091' },
    { name: 'b', backend: 'sglang', hostname: 'http://gpu:8091/v1/' },
    { name: 'c', backend: 'ollama', hostname: 'http://localhost:11434' },
    { name: 'd', backend: 'gemini', hostname: 'https://proxy.example', api_key: 'k' },
  ];
  const llm = await settings({ models: hosts });
  expect(llm.models().map(({ endpoint }) => endpoint)).toEqual([
    'http://gpu:8091/v1',
    'http://gpu:8091/v1',
    'http://localhost:11434/v1',
    'https://proxy.example/v1beta/openai',
  ]);
});

test('a call goes to its model with the key and under the name of the config', async () => {
  await using server = await startOpenAiServer({
    script: always({ text: 'hi' }),
    key: 'from-config',
    models: ['real'],
  });
  const model = { name: 'nick', backend: 'openai', model: 'real', hostname: server.baseUrl, concurrency: 3 };
  const llm = await settings(
    { models: [model] },
    { api_keys: { openai: 'from-config' } },
    { OPENAI_API_KEY: 'other' },
  );
  const { prepared, run } = chat(llm, 'nick');
  expect(prepared).toMatchObject({ queue: 'core:nick', reserveTokens: 1024 + 7 });
  const reply = await run();
  expect(reply).toMatchObject({ model: 'nick', provider: 'openai', message: { content: 'hi' } });
  expect(prepared.usage?.(reply)).toEqual(reply.usage);
  expect(JSON.stringify(llm.models())).not.toContain('from-config');
  expect([...llm.capacities()]).toEqual([{ queue: 'core:nick', slots: 3 }]);
});

test('a model without its key is listed with what is missing', async () => {
  const llm = await settings({ models: [{ name: 'a', backend: 'openai' }] });
  expect(llm.models()[0]?.notice).toMatch(/OPENAI_API_KEY/);
  expect(await failure(() => chat(llm).run())).toMatchObject({ code: 'failed_precondition' });
});

test('an unknown model is refused with the nearest and all known names', async () => {
  const llm = await settings({});
  const error = await failure(() => chat(llm, 'ofline').prepared);
  expect(error.code).toBe('not_found');
  expect(error.message).toBe('There is no model "ofline". Did you mean "offline"? Known: offline.');
});

test('what a model cannot do is refused before it waits, naming one that can', async () => {
  const llm = await settings({
    models: [
      { name: 'quoting', backend: 'offline' },
      { name: 'vectors', backend: 'openai', model: 'text-embedding-3-small', api_key: 'k' },
      { name: 'seeing', backend: 'openai', model: 'gpt', api_key: 'k' },
    ],
  });
  const image = { type: 'image' as const, mediaType: 'image/png', data: 'x' };
  const prepare = () =>
    llm.handlers['llm.chat'].prepare({ messages: [{ role: 'user', content: [image] }] }, caller);
  const error = await failure(prepare);
  expect(error.code).toBe('failed_precondition');
  expect(error.message).toBe('Model "quoting" cannot see images. These can: "seeing".');
  expect((await failure(() => chat(llm, 'vectors').prepared)).message).toMatch(/cannot chat/);
  const embed = llm.handlers['llm.embed'].prepare({ texts: ['a'] }, caller);
  expect(embed.queue).toBe('core:vectors');
});

test('a reload swaps models while running calls finish on the old ones', async () => {
  await using old = await startOpenAiServer({ script: always({ text: 'old', delayMs: 30 }) });
  await using fresh = await startOpenAiServer({ script: always({ text: 'new' }) });
  const at = (hostname: string) => ({ name: 'm', backend: 'vllm', hostname });
  let current = config({ models: [at(old.baseUrl), { name: 'gone', backend: 'offline' }] });
  const llm = await create(() => current);
  const running = chat(llm, 'm').run();
  const waiting = chat(llm, 'm');

  current = config({ models: [at(fresh.baseUrl), { name: 'came', backend: 'offline' }] });
  expect(await llm.reconfigure(current)).toEqual({
    added: ['came'],
    removed: ['gone'],
    changed: ['m'],
    defaultModel: 'm',
  });
  expect((await chat(llm, 'm').run()).message.content).toBe('new');
  expect((await running).message.content).toBe('old');
  expect((await waiting.run()).message.content).toBe('old');
});

test('a broken configuration changes nothing', async () => {
  let current = config({ models: [{ name: 'a', backend: 'offline' }] });
  const llm = await create(() => current);
  current = config({ models: [{ name: 'b', backend: 'nonsense' }] });
  expect(await failure(() => llm.reconfigure(current))).toMatchObject({ code: 'invalid_argument' });
  expect(names(llm)).toEqual(['a']);
  current = config({ models: [{ name: 'a', backend: 'offline' }] });
  expect(await llm.reconfigure(current)).toMatchObject({ added: [], removed: [], changed: [] });
});
