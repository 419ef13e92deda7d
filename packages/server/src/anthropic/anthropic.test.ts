import { always, rules, type ScriptedTurn, structured } from '@aios/testing';
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway, upstreamNames } from '../test-support/gateway.fixture.ts';

// Driven by Anthropic’s own client, before models of every dialect.

const usage = { inputTokens: 100, outputTokens: 20, cachedInputTokens: 0 };
const callWeather: ScriptedTurn = {
  text: ['Let ', 'me ', 'see'],
  toolCalls: [{ id: 'call00001', name: 'weather', arguments: { city: 'Bern' }, pieces: 3 }],
  usage,
};
const script = rules(
  [/sunny/, { text: ['It ', 'is ', 'sunny'], usage }],
  [/weather/, callWeather],
  [/picture/, ({ messages }) => ({ text: messages.at(-1)?.images?.[0]?.data ?? 'no picture' })],
  [/json/, structured({ city: 'Bern' })],
  [/long/, { text: 'cut', finishReason: 'length' }],
  [/broke/, { fault: { kind: 'status', status: 402, message: 'no money' } }],
  [/busy/, { fault: { kind: 'status', status: 429, retryAfterMs: 7000 } }],
  [/breaks/, { text: ['one', 'two'], fault: { kind: 'cut', afterPieces: 1 } }],
  [/stall/, { text: ['one', 'two'], fault: { kind: 'stall', afterPieces: 1 } }],
  [/./, ({ messages }) => ({ text: messages.map(({ role, text }) => `${role}:${text}`).join('|') })],
);

let gateway: TestGateway;
let client: Anthropic;
beforeAll(async () => {
  gateway = await startGateway(script);
  client = new Anthropic({ baseURL: gateway.aios.url, apiKey: gateway.aios.token, maxRetries: 0 });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const weather: Anthropic.Tool = {
  name: 'weather',
  description: 'The weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const ask = (content: string, model = 'openai') => ({
  model,
  max_tokens: 500,
  messages: [{ role: 'user' as const, content }],
});

test.each(upstreamNames)(
  'a model of %s calls a tool, reads its result and answers, streamed and not',
  async (model) => {
    const request = { ...ask('the weather?', model), tools: [weather] };
    const whole = await client.messages.create(request);
    const pieces: string[] = [];
    const streamed = await client.messages
      .stream(request)
      .on('text', (piece) => pieces.push(piece))
      .finalMessage();
    for (const message of [whole, streamed]) {
      expect(message.content.map(({ type }) => type)).toEqual(expect.arrayContaining(['text', 'tool_use']));
      expect(message.content.find(({ type }) => type === 'tool_use')).toMatchObject({
        name: 'weather',
        input: { city: 'Bern' },
      });
      expect(message).toMatchObject({ model, role: 'assistant', stop_reason: 'tool_use' });
      expect(message.usage).toMatchObject({ input_tokens: 100, output_tokens: 20 });
    }
    expect(pieces.join('')).toBe('Let me see');
    const call = whole.content.find((block) => block.type === 'tool_use');
    const answer = await client.messages.create({
      ...request,
      messages: [
        ...request.messages,
        { role: 'assistant', content: whole.content },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: call?.id ?? '', content: [{ type: 'text', text: 'sunny' }] },
          ],
        },
      ],
    });
    expect(answer.content).toMatchObject([{ type: 'text', text: 'It is sunny' }]);
    expect(answer.stop_reason).toBe('end_turn');
  },
);

test('each piece of a stream comes as an event of its own, in the order that clients expect', async () => {
  const events: string[] = [];
  for await (const event of await client.messages.create({ ...ask('sunny'), stream: true })) {
    events.push(event.type === 'content_block_delta' ? JSON.stringify(event.delta) : event.type);
  }
  expect(events).toEqual([
    'message_start',
    'content_block_start',
    ...['It ', 'is ', 'sunny'].map((text) => JSON.stringify({ type: 'text_delta', text })),
    'content_block_stop',
    'message_delta',
    'message_stop',
  ]);
});

test('the beta form, system blocks, text blocks, unknown fields and tools are taken', async () => {
  const message = await client.beta.messages.create({
    ...ask('hello', 'ollama'),
    system: [
      { type: 'text', text: 'Be brief', cache_control: { type: 'ephemeral' } },
      { type: 'text', text: 'Be kind' },
    ],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'hello' }] },
      { role: 'assistant', content: 'yes' },
      { role: 'user', content: [{ type: 'text', text: 'and now' }] },
    ],
    tools: [{ type: 'web_search_20250305', name: 'web_search' }],
    betas: ['context-management-2025-06-27'],
    context_management: { edits: [] },
    metadata: { user_id: '{"session":"s"}' },
  });
  expect(message.content).toMatchObject([
    { text: 'system:Be brief\n\nBe kind|user:hello|assistant:yes|user:and now' },
  ]);
});

test('images, structured output, length and forced tools are translated', async () => {
  const picture = await client.messages.create({
    ...ask('x'),
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a picture' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
        ],
      },
    ],
  });
  expect(picture.content).toMatchObject([{ text: 'iVBORw0KGgo=' }]);
  const schema = { type: 'object', properties: { city: { type: 'string' } }, additionalProperties: false };
  const json = await client.messages.create({
    ...ask('json'),
    output_config: { format: { type: 'json_schema', schema } },
  });
  expect(json.content).toMatchObject([{ text: '{"city":"Bern"}' }]);
  expect((await client.messages.create(ask('long'))).stop_reason).toBe('max_tokens');
  const tool_choice = { type: 'tool', name: 'weather' } as const;
  await client.messages.create({ ...ask('weather'), tools: [weather], tool_choice });
  expect(gateway.upstreams.openai.requests.at(-1)?.body).toMatchObject({
    tool_choice: { type: 'function', function: { name: 'weather' } },
  });
});

test('thinking is shown to who asks for it, and its signature comes back to the provider', async () => {
  await using thinking = await startGateway(
    always({
      reasoning: 'Hm',
      reasoningSignature: 'signed',
      text: 'Good day',
      toolCalls: callWeather.toolCalls ?? [],
    }),
  );
  const own = new Anthropic({ baseURL: thinking.aios.url, apiKey: thinking.aios.token, maxRetries: 0 });
  const thinkingOn = { type: 'enabled', budget_tokens: 2000 } as const;
  const request = { ...ask('hello', 'anthropic'), max_tokens: 4000, tools: [weather], thinking: thinkingOn };
  const whole = await own.messages.create(request);
  const streamed = await own.messages.stream(request).finalMessage();
  const signed = { type: 'thinking', thinking: 'Hm', signature: 'signed' };
  for (const { content } of [whole, streamed]) {
    expect(content[0]).toMatchObject({ type: 'thinking', thinking: 'Hm' });
    await own.messages.create({
      ...request,
      messages: [
        ...request.messages,
        { role: 'assistant', content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call00001', content: 'sunny' }] },
      ],
    });
    expect(thinking.upstreams.anthropic.requests.at(-1)?.body).toMatchObject({
      messages: [{}, { content: expect.arrayContaining([expect.objectContaining(signed)]) }, {}],
    });
  }
});

test('errors come in Anthropic’s shape, with its classes and headers', async () => {
  const wrong = new Anthropic({ baseURL: gateway.aios.url, apiKey: 'wrong', maxRetries: 0 });
  await expect(wrong.messages.create(ask('x'))).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
  const invalid = client.messages.create({ ...ask('x'), max_tokens: -1 });
  await expect(invalid).rejects.toThrow(/max_tokens/);
  await expect(invalid).rejects.toMatchObject({ status: 400, type: 'invalid_request_error' });
  for (const upstream of upstreamNames) {
    const before = gateway.upstreams[upstream].requests.length;
    const patient = new Anthropic({ baseURL: gateway.aios.url, apiKey: gateway.aios.token, maxRetries: 3 });
    await expect(patient.messages.create(ask('broke', upstream))).rejects.toThrow();
    expect(gateway.upstreams[upstream].requests.length - before).toBe(1);
  }
  const limited = await client.messages.create(ask('busy', 'ollama')).catch((error) => error);
  expect(limited).toBeInstanceOf(Anthropic.RateLimitError);
  expect(limited.headers.get('retry-after')).toBe('7');
});

test('a stream that breaks ends with an error event', async () => {
  const read = async () => {
    for await (const event of await client.messages.create({ ...ask('breaks'), stream: true })) void event;
  };
  await expect(read()).rejects.toMatchObject({ error: { type: 'error' } });
});

test('a client that goes away stops the call at the provider within 100 ms and frees its slot', async () => {
  const before = gateway.upstreams.openai.requests.length;
  const stream = client.messages.stream(ask('stall'));
  const ended = expect(stream.done()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
  await new Promise((resolve) => stream.once('text', resolve));
  const { disconnected } = await gateway.upstreams.openai.requestAt(before);
  const settled = gateway.aios.nextOf('syscall-settled', 'llm.chat');
  const startedAt = performance.now();
  stream.abort();
  await disconnected;
  expect(performance.now() - startedAt).toBeLessThan(100);
  await ended;
  expect(await settled).toMatchObject([{ status: 'error', code: 'cancelled' }]);
  const { models } = await gateway.aios.kernel.open(gateway.aios.token).call('llm.models', {});
  expect(models.find(({ name }) => name === 'openai')?.running).toBe(0);
});

test('tokens are counted, unknown names go to the default model, and hello is answered', async () => {
  const counted = await client.messages.countTokens({
    model: 'claude-sonnet-5-5',
    messages: [{ role: 'user', content: 'x'.repeat(400) }],
    tools: [weather],
  });
  expect(counted.input_tokens).toBeGreaterThan(100);
  expect((await client.messages.create(ask('hello', 'claude-sonnet-5-5'))).model).toBe('claude-sonnet-5-5');
  expect((await gateway.aios.request('/api/hello', { method: 'HEAD' })).status).toBe(200);
});

test('a request for a model of Anthropic passes as it is, one for another is translated; both are metered', async () => {
  const own = { ...ask('sunny', 'anthropic'), metadata: { user_id: 'u' }, context_management: { edits: [] } };
  const settled = gateway.aios.nextOf('syscall-settled', 'llm.forward');
  const message = await client.beta.messages.create({ ...own, betas: ['context-management-2025-06-27'] });
  expect(message).toMatchObject({ model: 'anthropic', content: [{ text: 'It is sunny' }] });
  expect(gateway.upstreams.anthropic.requests.at(-1)?.body).toEqual({ ...own, model: 'known' });
  expect(await settled).toMatchObject([{ status: 'ok', usage: { inputTokens: 100, outputTokens: 20 } }]);
  const translated = gateway.aios.nextOf('syscall-settled', 'llm.chat');
  await client.messages.create(ask('sunny', 'openai'));
  expect(await translated).toMatchObject([{ status: 'ok', usage: { inputTokens: 100, outputTokens: 20 } }]);
});
