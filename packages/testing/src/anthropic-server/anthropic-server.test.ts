import Anthropic from '@anthropic-ai/sdk';
import { expect, test } from 'vitest';
import { always, type ScriptedTurn, sequence, structured } from '../scripted-model/index.ts';
import type { WireServerOptions } from '../wire-server/index.ts';
import { startAnthropicServer } from './server.ts';

// Proven with Anthropic’s own client, so that what passes against it is not merely what we think the format is.

async function start(options: WireServerOptions) {
  const server = await startAnthropicServer(options);
  const client = new Anthropic({ baseURL: server.origin, apiKey: options.key ?? 'none', maxRetries: 0 });
  return { server, client, [Symbol.asyncDispose]: () => server.close() };
}

const hello = { role: 'user', content: 'hello there' } as const;
const ask = { model: 'any', max_tokens: 2000, messages: [hello] };
const thinking = { type: 'enabled', budget_tokens: 1024 } as const;
const weather = { name: 'weather', input_schema: { type: 'object' as const } };

const usage = {
  inputTokens: 100,
  outputTokens: 20,
  cachedInputTokens: 60,
  cacheWriteTokens: 30,
  reasoningTokens: 8,
};
const full: ScriptedTurn = {
  reasoning: 'Let me think',
  reasoningSignature: 'signed',
  text: 'Good day',
  toolCalls: [
    { name: 'weather', arguments: { city: 'Bern', days: 3 }, pieces: 4 },
    { name: 'weather', arguments: {} },
  ],
  usage,
};

test('says the same whole and streamed: thoughts, text, parallel tool calls, usage', async () => {
  await using setup = await start({ script: always(full) });
  const whole = await setup.client.messages.create({ ...ask, thinking, tools: [weather] });
  const streamed = await setup.client.messages.stream({ ...ask, thinking, tools: [weather] }).finalMessage();
  for (const message of [whole, streamed]) {
    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: 'Let me think', signature: 'signed' },
      { type: 'text', text: 'Good day' },
      { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Bern', days: 3 } },
      { type: 'tool_use', id: 'toolu_2', input: {} },
    ]);
    expect(message.stop_reason).toBe('tool_use');
    expect(message.usage).toMatchObject({
      input_tokens: 10,
      cache_creation_input_tokens: 30,
      cache_read_input_tokens: 60,
      output_tokens: 20,
      output_tokens_details: { thinking_tokens: 8 },
    });
  }
});

test('keeps its thoughts to itself unless asked for them', async () => {
  await using setup = await start({ script: always({ reasoning: 'Let me think', text: 'x' }) });
  const first = async (wish: Pick<Anthropic.MessageCreateParamsNonStreaming, 'thinking'>) =>
    (await setup.client.messages.stream({ ...ask, ...wish }).finalMessage()).content[0];
  const hidden = { type: 'thinking', thinking: '', signature: expect.stringMatching(/./) };
  expect(await first({})).toEqual(hidden);
  expect(await first({ thinking: { type: 'adaptive' } })).toEqual(hidden);
  expect(await first({ thinking: { type: 'adaptive', display: 'summarized' } })).toMatchObject({
    thinking: 'Let me think',
  });
  expect(await first({ thinking: { type: 'disabled' } })).toMatchObject({ type: 'text' });
});

test('wants the thoughts behind a call back as they were signed', async () => {
  await using setup = await start({ script: always(full) });
  const { content } = await setup.client.messages.create({ ...ask, thinking, tools: [weather] });
  const results = ['toolu_1', 'toolu_2'].map((id) => ({ type: 'tool_result' as const, tool_use_id: id }));
  const go = (blocks: Anthropic.ContentBlockParam[], answers: Anthropic.ContentBlockParam[]) =>
    setup.client.messages.create({
      ...ask,
      thinking,
      tools: [weather],
      messages: [hello, { role: 'assistant', content: blocks }, { role: 'user', content: answers }],
    });
  await expect(go(content, results)).resolves.toMatchObject({ type: 'message' });
  await expect(go(content.slice(1), results)).rejects.toThrow(/Expected `thinking`/);
  await expect(go(content, results.slice(1))).rejects.toThrow(/without `tool_result`.*toolu_1/);
});

test('lets the script see system, images, tools and schema', async () => {
  const seen: unknown[] = [];
  const script = structured({ city: 'Bern' });
  await using setup = await start({
    script: (request) => {
      seen.push(request);
      return script(request);
    },
  });
  const image = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } as const;
  const schema = { type: 'object', properties: { city: { type: 'string' } }, additionalProperties: false };
  const asText = await setup.client.messages.create({
    ...ask,
    system: 'Be brief',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image', source: image },
          { type: 'text', text: 'where?' },
        ],
      },
    ],
    output_config: { format: { type: 'json_schema', schema } },
  });
  const asCall = await setup.client.messages.create({
    ...ask,
    tools: [{ ...weather, name: 'json' }],
    tool_choice: { type: 'tool', name: 'json' },
  });
  expect(asText.content).toMatchObject([{ type: 'text', text: '{"city":"Bern"}' }]);
  expect(asCall.content).toMatchObject([{ type: 'tool_use', name: 'json', input: { city: 'Bern' } }]);
  expect(seen).toMatchObject([
    {
      messages: [
        { role: 'system', text: 'Be brief' },
        { role: 'user', text: 'where?', images: [{ data: 'iVBORw0KGgo=', mediaType: 'image/png' }] },
      ],
      schema,
    },
    { tools: ['json'], toolChoice: { name: 'json' } },
  ]);
});

test('refuses what Anthropic refuses', async () => {
  await using setup = await start({ script: always({ text: 'x' }), key: 'right', models: ['any'] });
  const wrong = new Anthropic({ baseURL: setup.server.origin, apiKey: 'wrong', maxRetries: 0 });
  await expect(wrong.messages.create(ask)).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
  const refused = (change: Partial<Anthropic.MessageCreateParamsNonStreaming>) =>
    setup.client.messages.create({ ...ask, ...change });
  await expect(refused({ model: 'other' })).rejects.toBeInstanceOf(Anthropic.NotFoundError);
  await expect(refused({ messages: [] })).rejects.toThrow(/at least one message/);
  await expect(refused({ tools: [{ ...weather, name: 'not.fine' }] })).rejects.toThrow(
    /should match pattern/,
  );
  const format = { type: 'json_schema', schema: { type: 'object' } } as const;
  await expect(refused({ output_config: { format } })).rejects.toThrow(/additionalProperties/);
  await expect(refused({})).resolves.toMatchObject({ model: 'any' });

  const sample = (version: string) =>
    setup.client.post<unknown>('/v1/messages', {
      body: { ...ask, temperature: 0.5 },
      headers: { 'anthropic-version': version },
    });
  await expect(sample('2026-10-21')).rejects.toThrow(/temperature: Extra inputs are not permitted/);
  await expect(sample('2023-06-01')).resolves.toMatchObject({ model: 'any' });
});

test('refuses what newer models no longer take', async () => {
  await using setup = await start({ script: always({ text: 'x' }) });
  const send = (model: string, change: object) =>
    setup.client.post<unknown>('/v1/messages', {
      body: { ...ask, model, ...change },
      headers: { 'anthropic-version': '2023-06-01' },
    });
  await expect(send('claude-haiku-4-5', { temperature: 0 })).resolves.toMatchObject({ type: 'message' });
  await expect(send('claude-haiku-4-5', { thinking })).resolves.toMatchObject({ type: 'message' });
  await expect(send('claude-sonnet-5-5', { temperature: 0 })).rejects.toThrow(/temperature.* is deprecated/);
  await expect(send('claude-opus-4-7', { thinking })).rejects.toThrow(/thinking.type.adaptive/);
});

test('tells errors, limits and the time to wait in Anthropic’s way', async () => {
  const limits = {
    requests: { limit: 50, remaining: 0, resetMs: 1000 },
    inputTokens: { limit: 9, remaining: 8, resetMs: 0 },
  };
  await using setup = await start({
    script: sequence(
      { text: 'x', limits, headers: { 'x-more': 'yes' } },
      { fault: { kind: 'status', status: 529, message: 'Overloaded' } },
      { fault: { kind: 'status', status: 429, retryAfterMs: 6500 } },
    ),
  });
  const { response } = await setup.client.messages.create(ask).withResponse();
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'anthropic-ratelimit-requests-remaining': '0',
    'anthropic-ratelimit-requests-reset': expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    'anthropic-ratelimit-input-tokens-limit': '9',
    'x-more': 'yes',
  });
  await expect(setup.client.messages.create(ask)).rejects.toMatchObject({
    status: 529,
    type: 'overloaded_error',
  });
  const limited = await setup.client.messages.create(ask).catch((error) => error);
  expect(limited).toBeInstanceOf(Anthropic.RateLimitError);
  expect(limited.headers.get('retry-after')).toBe('7');
});

test('cuts, garbles, ends and stalls a stream after the pieces of the script', async () => {
  const text = ['one', 'two', 'three'];
  await using setup = await start({
    script: sequence(
      { text, fault: { kind: 'cut', afterPieces: 2 } },
      { text, fault: { kind: 'malformed', afterPieces: 1 } },
      { text, fault: { kind: 'error', afterPieces: 1, message: 'Overloaded', status: 529 } },
      { text, fault: { kind: 'unfinished', afterPieces: 2 } },
      { text, fault: { kind: 'reset' } },
      { text, fault: { kind: 'stall', afterPieces: 1 } },
    ),
  });
  const read = async (signal?: AbortSignal) => {
    const pieces: string[] = [];
    const stream = setup.client.messages.stream(ask, signal ? { signal } : {});
    stream.on('text', (piece) => pieces.push(piece));
    const error = await stream.done().then(
      () => undefined,
      (error: unknown) => error,
    );
    return { pieces, error };
  };
  const failed = expect.any(Error);
  expect(await read()).toMatchObject({ pieces: ['one', 'two'], error: failed });
  expect(await read()).toMatchObject({ pieces: ['one'], error: failed });
  expect(await read()).toMatchObject({
    pieces: ['one'],
    error: { message: expect.stringMatching('overloaded_error') },
  });
  expect((await read()).pieces).toEqual(['one', 'two']);
  expect(await read()).toMatchObject({ pieces: [], error: failed });

  const controller = new AbortController();
  const stalled = read(controller.signal);
  const { disconnected } = await setup.server.requestAt(5);
  controller.abort();
  await disconnected;
  expect(await stalled).toMatchObject({ error: expect.any(Anthropic.APIUserAbortError) });
});

test('lists models, counts tokens, and finishes for other reasons', async () => {
  await using setup = await start({
    script: sequence({ text: 'x', finishReason: 'length' }, { finishReason: 'content_filter' }),
    models: ['any', 'more'],
  });
  expect((await setup.client.models.list()).data.map(({ id }) => id)).toEqual(['any', 'more']);
  expect(await setup.client.messages.countTokens({ model: 'any', messages: [hello] })).toMatchObject({
    input_tokens: 2,
  });
  expect((await setup.client.messages.create(ask)).stop_reason).toBe('max_tokens');
  expect((await setup.client.messages.create(ask)).stop_reason).toBe('refusal');
});
