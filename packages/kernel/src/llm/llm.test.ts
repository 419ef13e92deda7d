import { always, startOpenAiServer } from '@aios/testing';
import { expect, test } from 'vitest';
import { chat, config, create, failure, names, noOllama, settings } from './llm.fixture.ts';
import type { Llm } from './llm.ts';

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
    'http://localhost:11434',
    'https://proxy.example/v1beta',
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
  expect([...llm.capacities()]).toEqual([{ queue: 'core:nick', slots: 3, window: { isOn: true } }]);
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
