import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { always, rules, type ScriptedToolCall, sequence } from '../scripted-model/index.ts';
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
