import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '@aios/kernel';
import {
  always,
  type RecordedRequest,
  type ScriptedTurn,
  sequence,
  startOpenAiServer,
  type WireServer,
} from '@aios/testing';
import { bootInstallation } from '@aios/testing/installation';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { startServer } from '../server.ts';

// The whole way: the official client, the server, the path, the provider’s wire format.

interface Setup {
  readonly upstream: WireServer;
  readonly client: OpenAI;
  readonly url: string;
  readonly token: string;
  readonly running: () => Promise<number>;
  readonly settled: () => Promise<Record<string, unknown>>;
  readonly stack: AsyncDisposableStack;
}

async function setUp(script: ReturnType<typeof always>, more: Record<string, unknown> = {}): Promise<Setup> {
  await using starting = new AsyncDisposableStack();
  const upstream = starting.use(await startOpenAiServer({ script }));
  const models = [
    { name: 'fast', backend: 'vllm', model: 'upstream', hostname: upstream.baseUrl, concurrency: 1 },
  ];
  const config = JSON.stringify({ llms: { models, retries: 0, ...more } });
  const installation = starting.use(await bootInstallation({ config }));
  const { kernel, session, token } = installation;
  const server = starting.use(await startServer({ kernel, port: 0, logger: createLogger('silent') }));
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: token, maxRetries: 0 });
  return {
    upstream,
    client,
    url: server.url,
    token,
    running: async () => (await session.call('llm.models', {})).models[0]?.running ?? -1,
    settled: () =>
      new Promise((resolve) => {
        const subscription = session.subscribe({ types: ['syscall-settled'] }, (event) => {
          if (!('name' in event) || event.name !== 'llm.forward') return;
          subscription[Symbol.dispose]();
          resolve({ ...event });
        });
      }),
    stack: starting.move(),
  };
}

/** The kernel looks for the models of a server, too. */
const isChat = ({ path }: { path: string }) => path.endsWith('/chat/completions');

async function firstChat(server: WireServer): Promise<RecordedRequest> {
  for (let index = 0; ; index += 1) {
    const request = await server.requestAt(index);
    if (isChat(request)) return request;
  }
}

const usage = { inputTokens: 9, outputTokens: 3 };
const answer: ScriptedTurn = { text: ['It has', ' a', ' queue'], usage };
const messages = [{ role: 'user' as const, content: 'Hello there' }];

test('an answer reaches the official client under the name that it asked for, metered as a system call', async () => {
  const { client, settled, stack } = await setUp(always(answer));
  await using _ = stack;
  const event = settled();
  const completion = await client.chat.completions.create({ model: 'gpt-unknown', messages });
  expect(completion).toMatchObject({
    model: 'gpt-unknown',
    choices: [{ message: { content: 'It has a queue' } }],
  });
  expect(await event).toMatchObject({ status: 'ok', usage, name: 'llm.forward' });
});

test.each([true, false])(
  'a stream reaches it delta by delta; its usage was asked for: %s',
  async (include_usage) => {
    const { client, settled, stack } = await setUp(always({ ...answer, betweenMs: 5 }));
    await using _ = stack;
    const event = settled();
    const stream = await client.chat.completions.create({
      model: 'fast',
      messages,
      stream: true,
      ...(include_usage && { stream_options: { include_usage } }),
    });
    const chunks = await Array.fromAsync(stream);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content).filter(Boolean)).toEqual(answer.text);
    expect(chunks.every(({ model }) => model === 'fast')).toBe(true);
    const last = chunks.at(-1);
    expect(last?.usage).toMatchObject({ prompt_tokens: 9, completion_tokens: 3 });
    expect(last?.choices[0]?.finish_reason).toBe(include_usage ? undefined : 'stop');
    expect(await event).toMatchObject({ status: 'ok', usage });
  },
);

test.each([true, false])(
  'a client that disconnects cancels the upstream call and frees its slot, stream: %s',
  async (stream) => {
    const { upstream, url, token, running, settled, stack } = await setUp(
      sequence({ text: ['a', 'b'], fault: { kind: 'stall', afterPieces: 1 } }, answer),
    );
    await using _ = stack;
    const controller = new AbortController();
    const body = JSON.stringify({ model: 'fast', messages, stream });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body, signal: controller.signal };
    const failed = fetch(`${url}/v1/chat/completions`, init).then((response) => response.text());
    const request = await firstChat(upstream);
    expect(await running()).toBe(1);
    await sleep(20);
    const at = performance.now();
    const ended = settled();
    controller.abort();
    await expect(failed).rejects.toThrow();
    await Promise.all([request.disconnected, ended]);
    expect(performance.now() - at).toBeLessThan(100);
    expect(await running()).toBe(0);
    expect((await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body })).status).toBe(200);
  },
);

test('thinking in tags stays where the server wrote it; a translated answer has it apart', async () => {
  const pieces = ['<think>', 'A colour.', '</think>', 'Blue'];
  const { client, url, token, stack } = await setUp(always({ text: pieces }));
  await using _ = stack;
  const whole = await client.chat.completions.create({ model: 'fast', messages });
  expect(whole.choices[0]?.message.content).toBe(pieces.join(''));
  const stream = await client.chat.completions.create({ model: 'fast', messages, stream: true });
  const chunks = await Array.fromAsync(stream);
  expect(chunks.map(({ choices }) => choices[0]?.delta.content).filter(Boolean)).toEqual(pieces);
  const thinking = { type: 'enabled', budget_tokens: 1024 };
  const body = JSON.stringify({ model: 'fast', messages, max_tokens: 2000, thinking });
  const headers = { 'x-api-key': token };
  const translated = await fetch(`${url}/v1/messages`, { method: 'POST', headers, body });
  expect(await translated.json()).toMatchObject({
    content: [
      { type: 'thinking', thinking: 'A colour.' },
      { type: 'text', text: 'Blue' },
    ],
  });
});

test('a stream that breaks off ends with an error in its dialect', async () => {
  const { client, stack } = await setUp(always({ text: ['a', 'b'], fault: { kind: 'cut', afterPieces: 1 } }));
  await using _ = stack;
  const stream = await client.chat.completions.create({ model: 'fast', messages, stream: true });
  await expect(Array.fromAsync(stream)).rejects.toThrow(/cut off/);
});

test('an error before the first byte lets another model answer; after it nothing is sent twice', async () => {
  const second = await startOpenAiServer({ script: always({ text: 'from the second' }) });
  await using _second = second;
  const fault = { kind: 'status', status: 500 } as const;
  const first = await startOpenAiServer({
    script: sequence({ fault }, { text: ['a', 'b'], fault: { kind: 'cut', afterPieces: 1 } }),
  });
  await using _first = first;
  const models = [first, second].map(({ baseUrl }, index) => ({
    name: `m${index}`,
    backend: 'vllm',
    hostname: baseUrl,
  }));
  const groups = [{ name: 'both', models: ['m0', 'm1'] }];
  const { client, stack } = await setUp(always(answer), { models, groups });
  await using _ = stack;
  const ask = () => client.chat.completions.create({ model: 'both', messages, stream: true });
  const chunks = await Array.fromAsync(await ask());
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('from the second');
  await expect(ask().then((stream) => Array.fromAsync(stream))).rejects.toThrow(/cut off/);
  expect(second.requests.filter(isChat).length).toBe(1);
});

test('a time-out for the first piece counts until something comes', async () => {
  const { client, stack } = await setUp(always({ ...answer, fault: { kind: 'stall', afterPieces: 0 } }), {
    timeouts: { first_token_ms: 50, idle_ms: 50 },
  });
  await using _ = stack;
  const stream = client.chat.completions.create({ model: 'fast', messages, stream: true });
  await expect(stream.then((events) => Array.fromAsync(events))).rejects.toThrow(/stood still|sent nothing/);
});

test.each([
  ['a model of another dialect', { backend: 'anthropic', hostname: 'http://127.0.0.1:9', api_key: 'k' }],
  ['a model that lacks tools', { backend: 'vllm', hostname: 'http://127.0.0.1:9', capabilities: ['chat'] }],
])('%s is not forwarded to', async (_what, entry) => {
  const { client, stack } = await setUp(always(answer), { models: [{ name: 'fast', ...entry }] });
  await using _ = stack;
  const tools = [{ type: 'function' as const, function: { name: 'find', parameters: { type: 'object' } } }];
  const refused = client.chat.completions.create({ model: 'fast', messages, tools });
  // It is translated, and nobody is there to answer it.
  await expect(refused).rejects.toMatchObject({ status: 503, code: 'unavailable' });
});
