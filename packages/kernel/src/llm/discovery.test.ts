import { createServer } from 'node:net';
import { always, startOpenAiServer } from '@aios/testing';
import { eventually } from '@aios/testing/eventually';
import { expect, test } from 'vitest';
import { configSchema } from '../config/index.ts';
import { chat, config, create, names, noOllama, settings } from './llm.fixture.ts';
import { configuredCores, ollamaOrigin } from './settings/index.ts';

test('finds only the offline model where there is no key and no Ollama', async () => {
  const llm = await settings({});
  expect(llm.models()).toEqual([
    {
      name: 'offline',
      provider: 'offline',
      isDefault: true,
      capabilities: ['chat', 'stream', 'tools', 'json', 'embed'],
      health: { state: 'unknown' },
      concurrency: 32,
      running: 1,
      queued: 2,
      notice: expect.stringMatching(/no neural network/),
    },
  ]);
  expect([...llm.capacities()]).toEqual([{ queue: 'core:offline', slots: 32, window: { isOn: true } }]);
});

test('finds the providers whose key is set, offline last, and Ollama’s models without waiting for them', async () => {
  await using ollama = await startOpenAiServer({
    script: always({ text: 'x' }),
    models: ['nomic-embed-text', 'qwen3:8b'],
  });
  const env = { OLLAMA_HOST: ollama.origin.replace('http://', ''), GROQ_API_KEY: 'gsk_x' };
  const llm = await settings({}, { api_keys: { anthropic: { auth_token: 'k' }, openai: '' } }, env);
  expect(names(llm)).toEqual(['claude-sonnet-5-5', 'openai/gpt-oss-120b', 'offline']);
  expect(llm.models()[0]?.isDefault).toBe(true);
  await eventually(() => expect(names(llm).slice(3)).toEqual(['nomic-embed-text', 'qwen3:8b']));
  expect(llm.models()[3]).toMatchObject({ capabilities: ['embed'], isDiscovered: true });
});

test('with Ollama alone its first chat model is the default', async () => {
  await using ollama = await startOpenAiServer({
    script: always({ text: 'x' }),
    models: ['nomic-embed-text', 'qwen3:8b'],
  });
  const llm = await settings({}, {}, { OLLAMA_HOST: ollama.origin.replace('http://', '') });
  expect(names(llm)).toEqual(['qwen3:8b', 'nomic-embed-text', 'offline']);
  expect(llm.models()[0]?.isDefault).toBe(true);
  const env = { OLLAMA_HOST: ollama.origin, GROQ_API_KEY: 'gsk_x', AIOS_MODEL: 'qwen3:8b' };
  const chosen = (await settings({}, {}, env)).models().find(({ isDefault }) => isDefault);
  expect(chosen?.name).toBe('qwen3:8b');
});

test('what a server of the configuration offers besides is listed, answers by name and stands in for nothing', async () => {
  await using server = await startOpenAiServer({
    script: always({ text: 'x' }),
    models: ['listed', 'other'],
  });
  const listed = { name: 'listed', backend: 'vllm', hostname: server.baseUrl };
  let current = config({ models: [listed] });
  const llm = await create(() => current);
  const capacities: string[][] = [];
  llm.onCapacitiesChange(() => capacities.push([...llm.capacities()].map(({ queue }) => queue)));
  expect(names(llm)).toEqual(['listed']);
  await eventually(() => expect(names(llm)).toEqual(['listed', 'other']));
  expect(capacities).toEqual([['core:listed', 'core:other']]);
  expect(await chat(llm, 'other').run()).toMatchObject({ model: 'other', message: { content: 'x' } });

  current = config({ models: [listed], groups: [{ name: 'other', models: ['listed'] }] });
  await llm.reconfigure(current);
  await eventually(() => expect(names(llm)).toEqual(['listed', 'vllm/other']));
  expect(await chat(llm, 'other').run()).toMatchObject({ model: 'listed' });
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

test.each([
  [undefined, 'http://127.0.0.1:11434'],
  ['', 'http://127.0.0.1:11434'],
  ['0.0.0.0', 'http://127.0.0.1:11434'],
  ['gpu-box', 'http://gpu-box:11434'],
  ['gpu-box:8080', 'http://gpu-box:8080'],
  ['gpu-box:80', 'http://gpu-box'],
  [':9999', 'http://127.0.0.1:9999'],
  ['http://gpu-box:1234/', 'http://gpu-box:1234'],
  ['https://ollama.example.org', 'https://ollama.example.org'],
  ['not a host', 'http://127.0.0.1:11434'],
])('OLLAMA_HOST %j is %s', (host, origin) => {
  expect(ollamaOrigin(host)).toBe(origin);
});

test('an Ollama model without a hostname is asked at OLLAMA_HOST', () => {
  const config = configSchema.parse({ llms: { models: [{ name: 'm', backend: 'ollama' }] } });
  const [core] = configuredCores(config, { OLLAMA_HOST: 'gpu.example:1234' });
  expect(core?.baseUrl).toBe('http://gpu.example:1234');
});
