import type { ForwardDialect, ForwardRequest } from '@aios/protocol';
import { always, type ScriptedTurn } from '@aios/testing';
import { describe, expect, test } from 'vitest';
import { conformanceKey, type ProviderUnderTest, startProvider } from '../../conformance-server.ts';
import type { Provider } from '../provider.ts';
import { providers } from '../table.ts';

// Every provider that forwards, in each dialect that it speaks, before a server that speaks its wire format.

const { signal } = new AbortController();
const messages = [{ role: 'user', content: 'Hello there' }];
const usage = { inputTokens: 9, outputTokens: 3 };
const answer = { text: ['It has', ' a', ' queue'], usage };

/** A request of each dialect, and where its answer keeps the text. */
const dialects: Record<ForwardDialect, { body: object; text: RegExp }> = {
  'openai-chat': { body: { model: 'asked', messages }, text: /"content":"It has a queue"/ },
  'openai-responses': { body: { model: 'asked', input: 'Hello there' }, text: /"text":"It has a queue"/ },
  'openai-embeddings': { body: { model: 'asked', input: ['a', 'b'] }, text: /"embedding":\[/ },
  'anthropic-messages': {
    body: { model: 'asked', max_tokens: 50, messages },
    text: /"text":"It has a queue"/,
  },
  'gemini-generate': {
    body: { contents: [{ role: 'user', parts: [{ text: 'Hello there' }] }] },
    text: /"text":"It has a queue"/,
  },
};

function requestOf(dialect: ForwardDialect, stream: boolean, more: object = {}): ForwardRequest {
  const streams = dialect === 'gemini-generate' || !stream ? {} : { stream };
  return {
    dialect,
    stream,
    needs: [],
    body: JSON.stringify({ ...dialects[dialect].body, ...streams, ...more }),
  };
}

const cases = [...providers.values()].flatMap((provider) =>
  (provider.forwards ?? []).map((dialect) => ({ name: provider.name, dialect, provider })),
);

/** OpenAI’s Responses are asked at its own address only; the server stands in for that. */
const atItsOwn = (provider: Provider, dialect: ForwardDialect): Provider =>
  dialect === 'openai-responses' ? { ...provider, dialect: 'openai-responses' } : provider;

async function start(provider: Provider, dialect: ForwardDialect, turn: ScriptedTurn) {
  return await startProvider(atItsOwn(provider, dialect), { script: always(turn) });
}

async function send(under: ProviderUnderTest, request: ForwardRequest, abort = signal) {
  const chunks: string[] = [];
  const { forward } = under.driver;
  if (forward === undefined) throw new Error('The driver does not forward.');
  const reply = await forward.send(request, { signal: abort, emit: ({ text }) => chunks.push(text) });
  return { reply, chunks };
}

describe.each(cases)('$name, $dialect', ({ provider, dialect }) => {
  const isEmbedding = dialect === 'openai-embeddings';

  test('an answer comes as it is, with the model called as it was asked for and the usage known', async () => {
    await using under = await start(provider, dialect, answer);
    const { reply } = await send(under, requestOf(dialect, false));
    expect(reply.status).toBe(200);
    expect(reply.body).toMatch(dialects[dialect].text);
    expect(reply.usage.source).toBe('provider');
    if (!isEmbedding) expect(reply.usage).toMatchObject(usage);
    if (dialect !== 'gemini-generate') expect(JSON.parse(reply.body ?? '').model).toBe('asked');
    const [sent] = under.server.requests;
    const asked: unknown = dialect === 'gemini-generate' ? sent?.path : sent?.body.model;
    expect(asked).toMatch(/known|gpt-5/);
  });

  test('a refusal is an error with the provider’s words and without the key', async () => {
    const fault = {
      kind: 'status',
      status: 429,
      message: `Slow down, ${conformanceKey}`,
      retryAfterMs: 2000,
    } as const;
    await using under = await startProvider(atItsOwn(provider, dialect), {
      script: always({ text: 'ok' }),
      refuse: () => fault,
    });
    const failed = send(under, requestOf(dialect, false));
    await expect(failed).rejects.toMatchObject({
      code: 'rate_limited',
      message: expect.stringMatching(/Slow down, \[secret\]/),
      details: expect.objectContaining({ status: 429, retryAfterMs: 2000 }),
    });
  });
});

const streaming = cases.filter(({ dialect }) => dialect !== 'openai-embeddings');

describe.each(streaming)('$name, $dialect', ({ provider, dialect }) => {
  test('a stream comes event by event, with its usage', async () => {
    await using under = await start(provider, dialect, { ...answer, betweenMs: 5 });
    const { reply, chunks } = await send(under, requestOf(dialect, true));
    expect(reply.body).toBeUndefined();
    expect(reply.usage).toMatchObject({ ...usage, source: 'provider' });
    expect(chunks.length).toBeGreaterThanOrEqual(3);
    for (const chunk of chunks) expect(chunk.endsWith('\n\n')).toBe(true);
    const text = chunks.join('');
    expect(text).toMatch(/It has/);
    if (dialect !== 'gemini-generate') expect(text).not.toMatch(/"model":"(?!asked")/);
    if (dialect === 'openai-chat') expect(text).not.toMatch(/"choices":\[\]/);
  });
});

const openai = [...providers.values()].find(({ name }) => name === 'vllm') as Provider;
const chatStream = requestOf('openai-chat', true);
const faulty = (fault: ScriptedTurn['fault']) =>
  start(openai, 'openai-chat', { text: ['a', 'b', 'c', 'd'], ...(fault && { fault }) });

test.each([
  ['cut', { kind: 'cut', afterPieces: 2 }, /cut off/],
  ['unfinished', { kind: 'unfinished', afterPieces: 2 }, /cut off/],
  ['malformed', { kind: 'malformed', afterPieces: 2 }, /not vLLM’s format/],
  ['an error frame', { kind: 'error', afterPieces: 2, message: 'out of memory' }, /out of memory/],
] as const)('a stream that is %s fails, and says that a part had come', async (_what, fault, message) => {
  await using under = await faulty(fault);
  await expect(send(under, chatStream)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(message),
    details: { begun: true },
  });
});

test.each([
  ['reset', { kind: 'reset' }, { unreachable: true }],
  ['a 500', { kind: 'status', status: 500 }, { status: 500 }],
] as const)(
  '%s before the answer is an outage of which nothing reached the caller',
  async (_what, fault, details) => {
    await using under = await faulty(fault);
    const failed = send(under, chatStream);
    await expect(failed).rejects.toMatchObject({ code: 'unavailable', details });
    await expect(failed).rejects.not.toMatchObject({ details: { begun: true } });
  },
);

test('an abort ends the request at the provider at once, while it is silent and while it streams', async () => {
  for (const fault of [
    { kind: 'stall', afterPieces: 0 },
    { kind: 'stall', afterPieces: 2 },
  ] as const) {
    await using under = await faulty(fault);
    const controller = new AbortController();
    const failed = send(under, chatStream, controller.signal);
    const request = await under.server.requestAt(0);
    const at = performance.now();
    controller.abort(new Error('enough'));
    await expect(failed).rejects.toThrow('enough');
    await request.disconnected;
    expect(performance.now() - at).toBeLessThan(100);
  }
});

test('what the provider says of its limits comes along', async () => {
  const limits = { requests: { limit: 60, remaining: 59, resetMs: 1000 } };
  await using under = await start(openai, 'openai-chat', { text: 'ok', limits });
  for (const stream of [false, true]) {
    const { reply } = await send(under, requestOf('openai-chat', stream));
    expect(reply.limits?.requests?.remaining).toBe(59);
  }
});

test('usage that nobody told is estimated', async () => {
  await using under = await start(openai, 'openai-chat', { text: ['a', ' b'], usage: null });
  for (const stream of [false, true]) {
    const { reply } = await send(under, requestOf('openai-chat', stream));
    expect(reply.usage.source).toBe('estimate');
    expect(reply.usage.outputTokens).toBeGreaterThan(0);
  }
});

test('deltas of tool arguments pass one by one', async () => {
  const call = { name: 'find', arguments: { query: 'what a core has' }, pieces: 5 };
  await using under = await start(openai, 'openai-chat', { toolCalls: [call], betweenMs: 5 });
  const { chunks } = await send(under, chatStream);
  const parsed = chunks
    .join('')
    .split('\n\n')
    .flatMap((text) => (text.startsWith('data: {') ? [JSON.parse(text.slice(6))] : []));
  const pieces = parsed.flatMap(({ choices }) => choices[0].delta.tool_calls?.[0]?.function?.arguments ?? []);
  expect(pieces.length).toBeGreaterThanOrEqual(5);
  expect(JSON.parse(pieces.join(''))).toEqual(call.arguments);
});
