import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { always, rules, type ScriptedToolCall, sequence, structured } from '../scripted-model/index.ts';
import { type OpenAiServerOptions, startOpenAiServer } from './server.ts';

// The server is proven with OpenAI’s own client, so that what passes against it is not merely what we think the format is.

async function start(options: OpenAiServerOptions) {
  const server = await startOpenAiServer(options);
  const client = new OpenAI({ baseURL: server.baseUrl, apiKey: options.key ?? 'none', maxRetries: 0 });
  return { server, client, [Symbol.asyncDispose]: () => server.close() };
}

const user = { role: 'user', content: 'hello' } as const;
const weather = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } } as const;

test('answers a chat with usage and the finish reason', async () => {
  await using setup = await start({ script: always({ text: 'Good day to you' }) });
  const reply = await setup.client.chat.completions.create({ model: 'any', messages: [user] });
  expect(reply.choices[0]?.message.content).toBe('Good day to you');
  expect(reply.choices[0]?.finish_reason).toBe('stop');
  expect(reply.usage).toMatchObject({ prompt_tokens: 1, completion_tokens: 4, total_tokens: 5 });
});

test('streams text in the pieces of the script and usage when asked', async () => {
  await using setup = await start({ script: always({ text: ['Good', ' ', 'day'] }) });
  const stream = await setup.client.chat.completions.create({
    model: 'any',
    messages: [user],
    stream: true,
    stream_options: { include_usage: true },
  });
  const pieces: string[] = [];
  let usage: unknown;
  for await (const chunk of stream) {
    const content = chunk.choices[0]?.delta.content;
    if (content) pieces.push(content);
    usage ??= chunk.usage;
  }
  expect(pieces).toEqual(['Good', ' ', 'day']);
  expect(usage).toMatchObject({ completion_tokens: 2 });
});

test('streams parallel tool calls whose arguments the official client puts together', async () => {
  const toolCalls: ScriptedToolCall[] = [
    { name: 'weather', arguments: { city: 'Bern', days: 3 }, pieces: 5 },
    { name: 'weather', arguments: { city: 'Rome' } },
  ];
  await using setup = await start({ script: always({ toolCalls }) });
  const stream = setup.client.chat.completions.stream({ model: 'any', messages: [user], tools: [weather] });
  const message = (await stream.finalChatCompletion()).choices[0]?.message;
  const calls = message?.tool_calls?.map((call) => call.type === 'function' && call.function.arguments);
  expect(calls).toEqual(['{"city":"Bern","days":3}', '{"city":"Rome"}']);
});

test('refuses a wrong key, an unknown model and a bad function name like OpenAI', async () => {
  await using setup = await start({ script: always({ text: 'x' }), key: 'sk-right', models: ['known'] });
  const wrong = new OpenAI({ baseURL: setup.server.baseUrl, apiKey: 'sk-wrong', maxRetries: 0 });
  const ask = (client: OpenAI, model: string, name = 'fine') =>
    client.chat.completions.create({
      model,
      messages: [user],
      tools: [{ type: 'function', function: { name } }],
    });
  await expect(ask(wrong, 'known')).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  await expect(ask(setup.client, 'other')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  await expect(ask(setup.client, 'known', 'not.fine')).rejects.toMatchObject({ status: 400 });
  expect((await ask(setup.client, 'known')).choices).toHaveLength(1);
});

test('lets the script see images, tools and schema, and refuses a schema that is not strict', async () => {
  const seen: unknown[] = [];
  const script = structured({ city: 'Bern' });
  await using setup = await start({
    script: (request) => {
      seen.push(request);
      return script(request);
    },
  });
  const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  const closed = { ...schema, additionalProperties: false };
  const url = 'data:image/png;base64,iVBORw0KGgo=';
  const ask = async (asked: typeof schema, strict: boolean) => {
    const reply = await setup.client.chat.completions.create({
      model: 'any',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'where?' },
            { type: 'image_url', image_url: { url } },
          ],
        },
      ],
      response_format: { type: 'json_schema', json_schema: { name: 'place', schema: asked, strict } },
    });
    return reply.choices[0]?.message.content;
  };
  expect(await ask(closed, true)).toBe('{"city":"Bern"}');
  expect(await ask(schema, false)).toBe('{"city":"Bern"}');
  await expect(ask(schema, true)).rejects.toThrow(/'additionalProperties' is required/);
  const forced = await setup.client.chat.completions.create({
    model: 'any',
    messages: [user],
    tools: [weather],
    tool_choice: 'required',
  });
  expect(forced.choices[0]?.message.tool_calls).toHaveLength(1);
  const images = [{ mediaType: 'image/png', data: 'iVBORw0KGgo=' }];
  expect(seen).toMatchObject([
    { messages: [{ text: 'where?', images }], schema: closed },
    { schema },
    { tools: ['weather'], toolChoice: 'required' },
  ]);
});

test('tells limits, cached and reasoning tokens', async () => {
  const limits = {
    requests: { limit: 60, remaining: 59, resetMs: 90_500 },
    tokens: { limit: 1000, remaining: 0, resetMs: 120 },
  };
  const usage = { inputTokens: 100, outputTokens: 20, cachedInputTokens: 60, reasoningTokens: 8 };
  await using setup = await start({ script: always({ text: 'x', reasoning: 'y', usage, limits }) });
  const { data, response } = await setup.client.chat.completions
    .create({ model: 'any', messages: [user] })
    .withResponse();
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'x-ratelimit-limit-requests': '60',
    'x-ratelimit-remaining-requests': '59',
    'x-ratelimit-reset-requests': '1m30.5s',
    'x-ratelimit-remaining-tokens': '0',
    'x-ratelimit-reset-tokens': '120ms',
  });
  expect(data.usage).toMatchObject({
    prompt_tokens_details: { cached_tokens: 60 },
    completion_tokens_details: { reasoning_tokens: 8 },
    total_tokens: 120,
  });
});

test('takes its time, and refuses whatever it is told to', async () => {
  const script = always({ text: ['one', 'two', 'three'], delayMs: 40, betweenMs: 30 });
  await using setup = await start({
    script,
    refuse: ({ path }) => (path.endsWith('/embeddings') ? { kind: 'status', status: 503 } : undefined),
  });
  const begin = performance.now();
  const body = { model: 'any', messages: [user], stream: true as const };
  for await (const _ of await setup.client.chat.completions.create(body));
  expect(performance.now() - begin).toBeGreaterThan(95);
  await expect(setup.client.embeddings.create({ model: 'any', input: 'x' })).rejects.toMatchObject({
    status: 503,
  });
});

test('sends status errors with their headers', async () => {
  const fault = {
    kind: 'status',
    status: 429,
    message: 'slow down',
    headers: { 'retry-after': '7' },
  } as const;
  await using setup = await start({ script: always({ fault }) });
  const error = await setup.client.chat.completions
    .create({ model: 'any', messages: [user] })
    .catch((e) => e);
  expect(error).toBeInstanceOf(OpenAI.RateLimitError);
  expect(error.headers.get('retry-after')).toBe('7');
});

test('cuts, stalls and garbles a stream after the pieces of the script', async () => {
  const text = ['one', 'two', 'three'];
  await using setup = await start({
    script: sequence(
      { text, fault: { kind: 'cut', afterPieces: 2 } },
      { text, fault: { kind: 'malformed', afterPieces: 1 } },
      { text, fault: { kind: 'error', afterPieces: 1, message: 'overloaded' } },
      { text, fault: { kind: 'stall', afterPieces: 1 } },
    ),
  });
  const read = async (signal?: AbortSignal) => {
    const pieces: string[] = [];
    try {
      const options = signal ? { signal } : {};
      const body = { model: 'any', messages: [user], stream: true as const };
      for await (const chunk of await setup.client.chat.completions.create(body, options)) {
        pieces.push(chunk.choices[0]?.delta.content ?? '');
      }
    } catch (error) {
      return { pieces: pieces.filter(Boolean), error };
    }
    return { pieces: pieces.filter(Boolean) };
  };
  expect(await read()).toMatchObject({ pieces: ['one', 'two'], error: expect.anything() });
  expect(await read()).toMatchObject({ pieces: ['one'], error: expect.any(SyntaxError) });
  expect(await read()).toMatchObject({
    pieces: ['one'],
    error: { message: expect.stringMatching('overloaded') },
  });

  const controller = new AbortController();
  const stalled = read(controller.signal);
  const { disconnected } = await setup.server.requestAt(3);
  controller.abort();
  await disconnected;
  expect((await stalled).pieces.length).toBeLessThanOrEqual(1);
});

test('makes embeddings in both encodings', async () => {
  await using setup = await start({ script: always({}) });
  const input = ['abc', 'abd'];
  const asBase64 = await setup.client.embeddings.create({ model: 'any', input });
  const asNumbers = await setup.client.embeddings.create({ model: 'any', input, encoding_format: 'float' });
  expect(asBase64.data).toEqual(asNumbers.data);
  expect(asNumbers.data[0]?.embedding).not.toEqual(asNumbers.data[1]?.embedding);
});

test('lists models for OpenAI and for Ollama, and answers by rules', async () => {
  const script = rules([/weather/, { text: 'sunny' }], [/./, ({ model }) => ({ text: `I am ${model}` })]);
  await using setup = await start({ script, models: ['small', 'large'] });
  expect((await setup.client.models.list()).data.map(({ id }) => id)).toEqual(['small', 'large']);
  const tags = await (await fetch(`${setup.server.origin}/api/tags`)).json();
  expect(tags).toMatchObject({ models: [{ name: 'small' }, { name: 'large' }] });
  const ask = async (content: string) => {
    const messages = [{ role: 'user', content } as const];
    const reply = await setup.client.chat.completions.create({ model: 'small', messages });
    return reply.choices[0]?.message.content;
  };
  expect([await ask('the weather?'), await ask('who?')]).toEqual(['sunny', 'I am small']);
});
