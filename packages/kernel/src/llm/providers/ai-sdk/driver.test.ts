import { type ChatRequest, type JsonObject, toAiosError } from '@aios/protocol';
import { always, type OpenAiServer, type Script, sequence, startOpenAiServer } from '@aios/testing';
import { expect, test } from 'vitest';
import { streamed } from '../../conformance.ts';
import type { Driver } from '../../driver.ts';
import type { Quirks } from '../provider.ts';
import { providers } from '../table.ts';
import { createAiSdkDriver } from './driver.ts';

const key = 'sk-test-0123456789abcdef';
const usualQuirks: Quirks = { rename: { max_tokens: 'max_completion_tokens' } };

interface Setup extends AsyncDisposable {
  server: OpenAiServer;
  driver: Driver;
}

async function start(
  script: Script,
  options: { key?: string; model?: string; quirks?: Quirks } = {},
): Promise<Setup> {
  const server = await startOpenAiServer({ script, key, models: ['known'] });
  const driver = driverFor(server.baseUrl, options);
  return { server, driver, [Symbol.asyncDispose]: () => server.close() };
}

function driverFor(baseUrl: string, options: { key?: string; model?: string; quirks?: Quirks } = {}): Driver {
  const openai = providers.get('openai');
  if (openai === undefined) throw new Error('The table has no openai.');
  const dialect = 'openai-compatible';
  const provider = { ...openai, dialect, quirks: options.quirks ?? usualQuirks } as const;
  return createAiSdkDriver({
    provider,
    baseUrl,
    model: options.model ?? 'known',
    key: options.key ?? key,
  });
}

const signal = new AbortController().signal;
const request: ChatRequest = { messages: [{ role: 'user', content: 'Hello there' }] };
const tool = { name: 'storage.search', description: 'Find', inputSchema: { type: 'object', properties: {} } };

async function failure(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => toAiosError(thrown),
  );
  if (error === undefined) throw new Error('The call should have failed.');
  expect(JSON.stringify([error.toProblem(), error.stack, String(error.cause)])).not.toContain(key);
  return error;
}

/** The body of the request as the server got it. */
async function sent(rest: Partial<ChatRequest>, quirks?: Quirks): Promise<JsonObject> {
  await using setup = await start(always({ text: 'ok' }), { ...(quirks && { quirks }) });
  await setup.driver.chat({ ...request, ...rest }, { signal });
  return setup.server.requests[0]?.body ?? {};
}

test('sends sampling, limits and tools in OpenAI’s words', async () => {
  const body = await sent({
    tools: [tool],
    toolChoice: { tool: tool.name },
    temperature: 0.5,
    topP: 0.9,
    maxTokens: 50,
    stop: ['END'],
    seed: 7,
  });
  expect(body).toMatchObject({
    model: 'known',
    temperature: 0.5,
    top_p: 0.9,
    max_completion_tokens: 50,
    stop: ['END'],
    seed: 7,
    tools: [{ type: 'function', function: { name: 'storage_search', description: 'Find' } }],
    tool_choice: { type: 'function', function: { name: 'storage_search' } },
  });
  expect(body).not.toHaveProperty('max_tokens');
});

test('sends images as data or by address', async () => {
  const content = [
    { type: 'text' as const, text: 'What is this?' },
    { type: 'image' as const, mediaType: 'image/png', data: 'iVBORw0KGgo=' },
    { type: 'image' as const, mediaType: 'image/png', data: 'https://example.org/a.png' },
  ];
  const body = await sent({ messages: [{ role: 'user', content }] });
  expect(body.messages).toMatchObject([
    {
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
        { type: 'image_url', image_url: { url: 'https://example.org/a.png' } },
      ],
    },
  ]);
});

test('keeps the reasoning back from those who refuse it and gives it to those who want it', async () => {
  const messages: ChatRequest['messages'] = [
    ...request.messages,
    { role: 'assistant', content: 'Hi', reasoning: 'They greet.' },
    { role: 'user', content: 'And now?' },
  ];
  const plain = await sent({ messages });
  const replayed = await sent({ messages }, { replayReasoning: true });
  expect(JSON.stringify(plain)).not.toContain('They greet.');
  expect(JSON.stringify(replayed)).toContain('"reasoning_content":"They greet."');
});

test('bends to the quirks of an endpoint', async () => {
  const messages: ChatRequest['messages'] = [
    ...request.messages,
    { role: 'assistant', content: '', toolCalls: [{ id: 'a-very-long-id', name: tool.name, arguments: {} }] },
    { role: 'tool', toolCallId: 'a-very-long-id', toolName: tool.name, content: 'done' },
  ];
  const quirks = {
    rename: { seed: 'random_seed' },
    shortToolCallIds: true,
    maxTemperature: 1,
  };
  const body = await sent({ messages, seed: 3, temperature: 2 }, quirks);
  expect(body).toMatchObject({ random_seed: 3, temperature: 1 });
  const [, assistant, result] = Array.isArray(body.messages) ? body.messages : [];
  const id = expect.stringMatching(/^[a-zA-Z0-9]{9}$/);
  expect(assistant).toMatchObject({ tool_calls: [{ id }] });
  expect(result).toMatchObject({ tool_call_id: id });
});

test.each([true, false])('gives a thought signature back with its call (stream: %s)', async (isStream) => {
  const extraContent = { google: { thought_signature: 'signed' } };
  const turn = { toolCalls: [{ id: 'one', name: 'storage_search', arguments: {}, extraContent }] };
  await using setup = await start(sequence(turn, { text: 'ok' }));
  const asked = { ...request, tools: [tool] };
  const { message } = isStream
    ? (await streamed(setup.driver, asked)).reply
    : await setup.driver.chat(asked, { signal });
  expect(message.toolCalls?.[0]?.providerData).toEqual({ google: { thoughtSignature: 'signed' } });
  const result = { role: 'tool' as const, toolCallId: 'one', toolName: tool.name, content: 'found' };
  await setup.driver.chat({ ...asked, messages: [...asked.messages, message, result] }, { signal });
  expect(setup.server.requests[1]?.body).toMatchObject({
    messages: [{}, { tool_calls: [{ id: 'one', extra_content: extraContent }] }, {}],
  });
});

test('streams reasoning, text and parallel tool calls as they come', async () => {
  const toolCalls = [
    { id: 'one', name: 'storage_search', arguments: '{"query":"a"}', pieces: 3 },
    { id: 'two', name: 'storage_search', arguments: '{"query":"b"}', pieces: 1 },
  ];
  await using setup = await start(
    always({ reasoning: ['Let me', ' see'], text: ['One', ' moment'], toolCalls }),
  );
  const { reply, chunks } = await streamed(setup.driver, { ...request, tools: [tool] });
  expect(chunks.map(({ type }) => type)).toEqual([
    'reasoning-delta',
    'reasoning-delta',
    'text-delta',
    'text-delta',
    'tool-call-start',
    'tool-call-delta',
    'tool-call-delta',
    'tool-call-delta',
    'tool-call-start',
    'tool-call-delta',
    'tool-call-end',
    'tool-call-end',
  ]);
  expect(reply.message).toEqual({
    role: 'assistant',
    content: 'One moment',
    reasoning: 'Let me see',
    toolCalls: [
      { id: 'one', name: 'storage.search', arguments: { query: 'a' } },
      { id: 'two', name: 'storage.search', arguments: { query: 'b' } },
    ],
  });
});

test('passes each piece on before the next one comes', async () => {
  await using setup = await start(
    always({ text: ['first', ' second'], fault: { kind: 'stall', afterPieces: 1 } }),
  );
  const controller = new AbortController();
  const call = setup.driver.chat(request, {
    signal: controller.signal,
    emit: (chunk) => {
      if (chunk.type === 'text-delta' && chunk.text === 'first') controller.abort();
    },
  });
  expect((await failure(call)).code).toBe('cancelled');
});

test.each(['not json', '[1,2]', '"text"'])('marks malformed arguments: %s', async (text) => {
  const turn = { toolCalls: [{ name: 'storage_search', arguments: text }] };
  await using setup = await start(always(turn));
  const whole = await setup.driver.chat({ ...request, tools: [tool] }, { signal });
  const { reply } = await streamed(setup.driver, { ...request, tools: [tool] });
  for (const { message } of [whole, reply]) {
    expect(message.toolCalls).toMatchObject([{ name: 'storage.search', arguments: {}, malformed: text }]);
  }
});

test('takes no arguments at all for none', async () => {
  await using setup = await start(always({ toolCalls: [{ name: 'storage_search', arguments: '' }] }));
  const { message } = await setup.driver.chat({ ...request, tools: [tool] }, { signal });
  expect(message.toolCalls).toMatchObject([{ arguments: {} }]);
  expect(message.toolCalls?.[0]?.malformed).toBeUndefined();
});

test('counts as the provider counted, or estimates and says so', async () => {
  const text = 'four words in here';
  await using setup = await start(
    sequence({ text, usage: { inputTokens: 11, outputTokens: 22 } }, { text, usage: null }),
  );
  const counted = await streamed(setup.driver, request);
  const estimated = await setup.driver.chat(request, { signal });
  expect(counted.reply.usage).toEqual({ inputTokens: 11, outputTokens: 22, source: 'provider' });
  expect(estimated.usage).toMatchObject({ outputTokens: 5, source: 'estimate' });
});

test.each([
  ['length', 'length'],
  ['content_filter', 'content_filter'],
  ['something_new', 'other'],
])('finish reason %s is %s', async (wire, ours) => {
  await using setup = await start(always({ text: 'x', finishReason: wire }));
  expect((await setup.driver.chat(request, { signal })).finishReason).toBe(ours);
});

test('a wrong key is an error that names the variable and hides the key', async () => {
  await using setup = await start(always({ text: 'x' }), { key: 'sk-wrong-9876543210' });
  for (const emit of [undefined, () => undefined]) {
    const error = await failure(setup.driver.chat(request, { signal, ...(emit && { emit }) }));
    expect(error).toMatchObject({ code: 'failed_precondition', disposition: 'operator' });
    expect(error.message).toMatch(/Incorrect API key provided: \[secret\].*OPENAI_API_KEY/s);
    expect(JSON.stringify(error.toProblem())).not.toContain('9876543210');
  }
});

test('a model that the endpoint does not know is not_found', async () => {
  await using setup = await start(always({ text: 'x' }), { model: 'unknown' });
  const error = await failure(setup.driver.chat(request, { signal }));
  expect(error).toMatchObject({
    code: 'not_found',
    message: expect.stringMatching(/"unknown".*does not exist/s),
  });
});

test.each([
  [400, 'invalid_argument'],
  [402, 'quota_exceeded'],
  [403, 'failed_precondition'],
  [422, 'invalid_argument'],
  [429, 'rate_limited'],
  [500, 'unavailable'],
  [529, 'unavailable'],
])('HTTP %i is %s, with the provider’s message and without a retry', async (status, code) => {
  const fault = { kind: 'status' as const, status, message: `because of ${key}!` };
  await using setup = await start(always({ fault }));
  const error = await failure(setup.driver.chat(request, { signal }));
  expect(error).toMatchObject({ code, details: { status } });
  expect(error.message).toContain('because of [secret]!');
  expect(setup.server.requests).toHaveLength(1);
});

test('quotes an error page that is not OpenAI’s error object', async () => {
  await using setup = await start(
    always({ fault: { kind: 'status', status: 502, body: '<h1>Bad gateway</h1>' } }),
  );
  expect((await failure(setup.driver.chat(request, { signal }))).message).toContain('<h1>Bad gateway</h1>');
});

test.each([
  [{ 'retry-after': '7' }, 7000],
  [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
  [{}, 1000],
])('rate limits say how long to wait: %j', async (headers, retryAfterMs) => {
  await using setup = await start(always({ fault: { kind: 'status', status: 429, headers } }));
  const error = await failure(setup.driver.chat(request, { signal }));
  expect(error).toMatchObject({ code: 'rate_limited', disposition: 'wait', details: { retryAfterMs } });
});

test('an account without credit is quota_exceeded although the status is 429', async () => {
  const fault = {
    kind: 'status',
    status: 429,
    code: 'insufficient_quota',
    message: 'You exceeded your quota',
  } as const;
  await using setup = await start(always({ fault }));
  expect(await failure(setup.driver.chat(request, { signal }))).toMatchObject({ code: 'quota_exceeded' });
});

test('a server that is not there is unavailable and its address is named', async () => {
  const gone = await startOpenAiServer({ script: always({}) });
  await gone.close();
  const error = await failure(driverFor(gone.baseUrl).chat(request, { signal }));
  expect(error.code).toBe('unavailable');
  expect(error.message).toContain(`Cannot reach OpenAI at ${gone.baseUrl}`);
});

const broken = { text: ['one', ' two', ' three'] };
test.each([
  ['cut', { ...broken, fault: { kind: 'cut', afterPieces: 2 } }, /cut off in the middle/],
  ['ended early', { ...broken, fault: { kind: 'unfinished', afterPieces: 1 } }, /cut off in the middle/],
  ['malformed', { ...broken, fault: { kind: 'malformed', afterPieces: 1 } }, /not OpenAI’s format/],
  [
    'ended by an error',
    { ...broken, fault: { kind: 'error', afterPieces: 1, message: 'overloaded' } },
    /overloaded/,
  ],
] as const)('a stream that is %s is unavailable and says that it had begun', async (_, turn, message) => {
  await using setup = await start(always(turn));
  const error = await failure(streamed(setup.driver, request));
  expect(error).toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(message),
    details: { begun: true },
  });
});

test('an HTTP status in the error that ends a stream counts', async () => {
  const fault = { kind: 'error', afterPieces: 1, message: 'busy', code: '429' } as const;
  await using setup = await start(always({ ...broken, fault }));
  expect(await failure(streamed(setup.driver, request))).toMatchObject({ code: 'rate_limited' });
});

test.each([
  ['cut', { ...broken, fault: { kind: 'cut', afterPieces: 0 } }, /cut off in the middle/],
  ['malformed', { ...broken, fault: { kind: 'malformed', afterPieces: 0 } }, /not OpenAI’s format/],
] as const)('a whole reply that is %s is unavailable', async (_, turn, message) => {
  await using setup = await start(always(turn));
  const error = await failure(setup.driver.chat(request, { signal }));
  expect(error).toMatchObject({ code: 'unavailable', message: expect.stringMatching(message) });
});

test.each([true, false])('a cancelled call leaves the server (stream: %s)', async (isStream) => {
  await using setup = await start(always({ text: broken.text, fault: { kind: 'stall', afterPieces: 1 } }));
  const controller = new AbortController();
  const emit = isStream ? { emit: () => undefined } : {};
  const call = setup.driver.chat(request, { signal: controller.signal, ...emit });
  const { disconnected } = await setup.server.requestAt(0);
  controller.abort();
  expect((await failure(call)).code).toBe('cancelled');
  await disconnected;
});

test('a deadline that passes is deadline_exceeded', async () => {
  await using setup = await start(always({ fault: { kind: 'stall', afterPieces: 0 } }));
  const error = await failure(setup.driver.chat(request, { signal: AbortSignal.timeout(50) }));
  expect(error.code).toBe('deadline_exceeded');
});

test('a missing key is said before anything is sent', async () => {
  const openai = providers.get('openai');
  if (openai === undefined) throw new Error('The table has no openai.');
  const driver = createAiSdkDriver({
    provider: openai,
    baseUrl: 'http://127.0.0.1:9',
    model: 'known',
  });
  const error = await failure(driver.chat(request, { signal }));
  expect(error).toMatchObject({
    code: 'failed_precondition',
    message: expect.stringMatching(/OPENAI_API_KEY/),
  });
});

test.each(['two words', 'line\nbreak', 'kéy-with-an-accent'])(
  'a key that cannot be sent is refused unsaid',
  async (odd) => {
    const error = await failure(driverFor('http://127.0.0.1:9', { key: odd }).chat(request, { signal }));
    expect(error.code).toBe('failed_precondition');
    expect(error.message).not.toContain(odd);
  },
);

test('embeds in batches of the endpoint’s size and adds up the usage', async () => {
  await using setup = await start(always({}), { quirks: { embeddingBatch: 2 } });
  const { vectors, usage } = await setup.driver.embed({ texts: ['a a', 'b', 'c'] }, { signal });
  expect(vectors).toHaveLength(3);
  expect(setup.server.requests).toHaveLength(2);
  expect(usage).toEqual({ inputTokens: 4, outputTokens: 0, source: 'provider' });
});
