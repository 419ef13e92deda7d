import { always, type ScriptedTurn, sequence, structured } from '@aios/testing';
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { openPlace } from './place.fixture.ts';

const weather: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'weather',
  description: 'Tells the weather',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
};
const asks: ScriptedTurn = {
  text: 'I look',
  toolCalls: [{ id: 'call_w', name: 'weather', arguments: { city: 'Bern' }, pieces: 4 }],
};
const answers: ScriptedTurn = {
  text: 'Sunny',
  usage: { inputTokens: 20, outputTokens: 5, cachedInputTokens: 8 },
};
const ask = { model: 'gpt-of-a-program', input: 'What is the weather?' };
const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** The conversation that the vendor was asked, the last time. */
function lastMessages(place: Awaited<ReturnType<typeof openPlace>>): unknown {
  return place.upstream.requests.at(-1)?.body.messages;
}

async function failureOf(promise: PromiseLike<unknown>) {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OpenAI.APIError)) throw new Error(`no error of the API: ${String(error)}`);
  const { status, code, param, type } = error;
  return { status, code, param, type, message: error.message };
}

test('a response has the full shape, and names the model as the client does', async () => {
  await using place = await openPlace(always(answers));
  const response = await place.client.responses.create({ ...ask, metadata: { trace: 't1' } });
  expect(response).toMatchObject({
    id: expect.stringMatching(/^resp_[0-9a-f]{32}$/),
    object: 'response',
    status: 'completed',
    model: 'gpt-of-a-program',
    error: null,
    incomplete_details: null,
    metadata: { trace: 't1' },
    output_text: 'Sunny',
    output: [
      {
        id: expect.stringMatching(/^msg_/),
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Sunny', annotations: [] }],
      },
    ],
    usage: {
      input_tokens: 20,
      input_tokens_details: { cached_tokens: 8 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 25,
    },
  });
});

test('a stream gives every delta by itself, in numbered events of which the client makes the same response', async () => {
  const pieces = ['`', '`', '`', 'python', '\n', 'print(', '6*7)'];
  await using place = await openPlace(always({ text: pieces, toolCalls: asks.toolCalls ?? [] }));
  const stream = place.client.responses.stream({ ...ask, tools: [weather] });
  const events = await Array.fromAsync(stream);
  const types = events.map(({ type }) => type);
  expect(types).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    ...pieces.map(() => 'response.output_text.delta'),
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.output_item.added',
    ...[1, 2, 3, 4].map(() => 'response.function_call_arguments.delta'),
    'response.function_call_arguments.done',
    'response.output_item.done',
    'response.completed',
  ]);
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
  expect(
    events.flatMap((event) => (event.type === 'response.output_text.delta' ? [event.delta] : [])),
  ).toEqual(pieces);
  const final = await stream.finalResponse();
  expect(final.output_text).toBe(pieces.join(''));
  const whole = await place.client.responses.create({ ...ask, tools: [weather] });
  const kept = await place.client.responses.retrieve(final.id);
  expect(withoutIds(kept.output)).toEqual(withoutIds(whole.output));
});

/** Ids of items are those of their response and a number. */
function withoutIds(output: OpenAI.Responses.ResponseOutputItem[]): object[] {
  return output.map((item) => ({ ...item, id: item.id?.replace(/_[0-9a-f]{32}_/, '_') }));
}

test('the output of a tool alone goes on from a response, over several turns', async () => {
  await using place = await openPlace(sequence(asks, answers, { text: 'Yes' }));
  const instructions = 'You tell the weather.';
  const first = await place.client.responses.create({ ...ask, instructions, tools: [weather] });
  const second = await place.client.responses.create({
    model: ask.model,
    instructions,
    previous_response_id: first.id,
    input: [{ type: 'function_call_output', call_id: 'call_w', output: '21 degrees' }],
    tools: [weather],
  });
  expect(second).toMatchObject({ output_text: 'Sunny', previous_response_id: first.id });
  const before = [
    { role: 'user', content: ask.input },
    {
      role: 'assistant',
      content: 'I look',
      tool_calls: [{ id: 'call_w', function: { name: 'weather', arguments: '{"city":"Bern"}' } }],
    },
    { role: 'tool', tool_call_id: 'call_w', content: '21 degrees' },
  ];
  expect(lastMessages(place)).toMatchObject([{ role: 'system', content: instructions }, ...before]);
  await place.client.responses.create({
    model: ask.model,
    previous_response_id: second.id,
    input: 'Really?',
  });
  expect(lastMessages(place)).toMatchObject([
    ...before,
    { role: 'assistant', content: 'Sunny' },
    { role: 'user', content: 'Really?' },
  ]);
});

test('items go back as they came, or by reference alone', async () => {
  await using place = await openPlace(sequence(asks, answers, answers));
  const first = await place.client.responses.create({ ...ask, tools: [weather] });
  const output = { type: 'function_call_output', call_id: 'call_w', output: '21 degrees' } as const;
  const question = { role: 'user', content: ask.input } as const;
  const whole = [question, ...first.output, output] as OpenAI.Responses.ResponseInput;
  await place.client.responses.create({ model: 'm', input: whole, tools: [weather] });
  const asked = lastMessages(place);
  expect(asked).toMatchObject([{ role: 'user' }, { role: 'assistant', tool_calls: [{}] }, { role: 'tool' }]);
  const references = first.output.map(({ id }) => ({ type: 'item_reference', id: id ?? '' }) as const);
  await place.client.responses.create({
    model: 'm',
    input: [question, ...references, output],
    tools: [weather],
  });
  expect(lastMessages(place)).toEqual(asked);
});

test.each(['anthropic', 'gemini'] as const)(
  'what %s wants back with its reply goes through the client and through the store',
  async (vendor) => {
    const thinks: ScriptedTurn = { ...asks, reasoning: 'Bern it is', reasoningSignature: 'signed' };
    await using place = await openPlace(sequence(thinks, answers, thinks, answers), vendor);
    const request = { ...ask, tools: [weather], reasoning: { effort: 'low' as const } };
    const first = await place.client.responses.create(request);
    const output = { type: 'function_call_output', call_id: callOf(first).call_id, output: '21' } as const;
    const stored = { model: 'm', previous_response_id: first.id, input: [output], tools: [weather] };
    await place.client.responses.create({ ...stored, reasoning: { effort: 'low' } });
    const asked = JSON.stringify(place.upstream.requests.at(-1)?.body);
    const streamed = await place.client.responses.stream({ ...request, store: false }).finalResponse();
    const input = [
      { role: 'user', content: ask.input },
      ...streamed.output,
      { ...output, call_id: callOf(streamed).call_id },
    ] as OpenAI.Responses.ResponseInput;
    await place.client.responses.create({
      model: 'm',
      input,
      tools: [weather],
      reasoning: { effort: 'low' },
    });
    const normal = (text: string) =>
      text.replaceAll(callOf(first).call_id, 'ID').replaceAll(callOf(streamed).call_id, 'ID');
    expect(normal(JSON.stringify(place.upstream.requests.at(-1)?.body))).toBe(normal(asked));
    expect(asked).toMatch(/signature/i);
  },
);

function callOf(response: OpenAI.Responses.Response): OpenAI.Responses.ResponseFunctionToolCall {
  const call = response.output.find((item) => item.type === 'function_call');
  if (call === undefined) throw new Error('the model called nothing');
  return call;
}

test('thinking is streamed as a summary', async () => {
  await using place = await openPlace(always({ reasoning: ['Let ', 'me'], text: 'Done' }), 'anthropic');
  const stream = place.client.responses.stream({ ...ask, reasoning: { effort: 'low', summary: 'auto' } });
  const events = await Array.fromAsync(stream);
  expect(events.map(({ type }) => type)).toEqual(
    expect.arrayContaining([
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
    ]),
  );
  const [thought] = (await stream.finalResponse()).output;
  expect(thought).toMatchObject({ type: 'reasoning', summary: [{ type: 'summary_text', text: 'Let me' }] });
});

test('structured output is parsed by the client', async () => {
  await using place = await openPlace(structured({ city: 'Bern', degrees: 21 }));
  const shape = z.object({ city: z.string(), degrees: z.number() });
  const text = { format: zodTextFormat(shape, 'weather'), verbosity: 'low' } as const;
  const response = await place.client.responses.parse({ ...ask, text });
  expect(response.output_parsed).toEqual({ city: 'Bern', degrees: 21 });
  expect(place.upstream.requests.at(-1)?.body).toMatchObject({
    response_format: { type: 'json_schema', json_schema: { name: 'weather', strict: true } },
    verbosity: 'low',
  });
});

test('images and files reach the model, also out of a tool', async () => {
  await using place = await openPlace(always(answers));
  const image = { type: 'input_image', image_url: pixel, detail: 'low' } as const;
  const file = {
    type: 'input_file',
    filename: 'a.pdf',
    file_data: 'data:application/pdf;base64,JVBERi0=',
  } as const;
  await place.client.responses.create({
    model: 'm',
    input: [
      { role: 'user', content: [{ type: 'input_text', text: 'See' }, image, file] },
      { type: 'function_call', call_id: 'c', name: 'look', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'Here:' }, image] },
    ],
  });
  const [user, ...rest] = lastMessages(place) as { content: unknown }[];
  expect(user?.content).toMatchObject([
    { type: 'text', text: 'See' },
    { type: 'image_url', image_url: { url: pixel, detail: 'low' } },
    { type: 'file', file: { filename: 'a.pdf' } },
  ]);
  expect(JSON.stringify(rest)).toContain(pixel);
});

test('tools of a namespace are called by the client’s names; hosted ones and unknown items are left out', async () => {
  const call = { id: 'call_n', name: 'mail__send', arguments: { to: 'anna' } };
  await using place = await openPlace(sequence({ toolCalls: [call] }, answers));
  const { name, description, parameters, strict } = weather;
  const send = { type: 'function', name: 'send', description, parameters, strict } as const;
  const tools = [
    { type: 'namespace', name: 'mail', description: 'Mail', tools: [send] },
    { type: 'web_search' },
    { type: 'function', name, parameters, strict },
  ] as OpenAI.Responses.Tool[];
  const first = await place.client.responses.create({ ...ask, tools });
  expect(first.output).toMatchObject([
    { type: 'function_call', name: 'send', namespace: 'mail', call_id: 'call_n' },
  ]);
  const offered = (place.upstream.requests.at(-1)?.body.tools ?? []) as { function: { name: string } }[];
  expect(offered.map((tool) => tool.function.name)).toEqual(['mail__send', 'weather']);
  const input = [
    { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'x' } },
    { type: 'function_call_output', call_id: 'call_n', output: 'sent' },
  ] as OpenAI.Responses.ResponseInput;
  await place.client.responses.create({ model: 'm', previous_response_id: first.id, input, tools });
  expect(lastMessages(place)).toMatchObject([
    { role: 'user' },
    { tool_calls: [{ function: { name: 'mail__send' } }] },
    { role: 'tool', content: 'sent' },
  ]);
});

test('a reply that was cut off is incomplete, whole and streamed', async () => {
  await using place = await openPlace(always({ text: 'Once upon', finishReason: 'length' }));
  const ends = { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
  const request = { ...ask, max_output_tokens: 16 };
  const whole = await place.client.responses.create(request);
  expect(whole).toMatchObject({ ...ends, output: [{ status: 'incomplete' }], output_text: 'Once upon' });
  const events = await Array.fromAsync(await place.client.responses.create({ ...request, stream: true }));
  expect(events.at(-1)).toMatchObject({ type: 'response.incomplete', response: ends });
});

test('a stored response can be read, listed and deleted', async () => {
  await using place = await openPlace(always(answers));
  const { responses } = place.client;
  const input = ['one', 'two', 'three'].map((content) => ({ role: 'user', content }) as const);
  const { output_text: text, ...created } = await responses.create({ model: 'm', input });
  expect(await responses.retrieve(created.id)).toEqual({ ...created, output_text: text });
  const contentOf = (word: string) => [{ type: 'input_text', text: word }];
  const page = await responses.inputItems.list(created.id, { limit: 2 });
  expect(page.data).toMatchObject([{ content: contentOf('three') }, { content: contentOf('two') }]);
  const all = await Array.fromAsync(responses.inputItems.list(created.id, { limit: 2, order: 'asc' }));
  expect(all).toMatchObject(
    ['one', 'two', 'three'].map((word) => ({ type: 'message', content: contentOf(word) })),
  );
  await responses.delete(created.id);
  expect(await failureOf(responses.retrieve(created.id))).toMatchObject({ status: 404 });
  expect(await failureOf(responses.delete(created.id))).toMatchObject({ status: 404 });
});

test('nothing is kept of a response that is not to be stored', async () => {
  await using place = await openPlace(always(answers));
  const response = await place.client.responses.create({ ...ask, store: false });
  expect(response).toMatchObject({ store: false });
  expect(await failureOf(place.client.responses.retrieve(response.id))).toMatchObject({
    status: 404,
    type: 'invalid_request_error',
  });
  const next = place.client.responses.create({ ...ask, previous_response_id: response.id });
  expect(await failureOf(next)).toMatchObject({
    status: 400,
    code: 'previous_response_not_found',
    param: 'previous_response_id',
    message: expect.stringContaining(response.id),
  });
});

test('a response belongs to the user and the key that made it', async () => {
  await using place = await openPlace(always(answers));
  const anna = await place.clientOf({ user: 'anna' });
  const others = [
    place.client,
    await place.clientOf({ user: 'anna' }),
    await place.clientOf({ user: 'bob' }),
  ];
  const { id, output } = await anna.responses.create(ask);
  for (const other of others) {
    expect(await failureOf(other.responses.retrieve(id))).toMatchObject({ status: 404 });
    expect(await failureOf(other.responses.inputItems.list(id))).toMatchObject({ status: 404 });
    expect(await failureOf(other.responses.delete(id))).toMatchObject({ status: 404 });
    const next = other.responses.create({ ...ask, previous_response_id: id });
    expect(await failureOf(next)).toMatchObject({ status: 400, code: 'previous_response_not_found' });
    const reference = { type: 'item_reference', id: output[0]?.id ?? '' } as const;
    const referring = other.responses.create({ model: 'm', input: [reference] });
    expect(await failureOf(referring)).toMatchObject({ status: 400, param: 'input' });
  }
  expect((await anna.responses.retrieve(id)).id).toBe(id);
});

test('a key that may not keep anything gets its answer, unless it asks for keeping', async () => {
  await using place = await openPlace(always(answers));
  const client = await place.clientOf({ permissions: ['llm.chat'] });
  expect(await client.responses.create(ask)).toMatchObject({ store: false, output_text: 'Sunny' });
  expect(await failureOf(client.responses.create({ ...ask, store: true }))).toMatchObject({ status: 403 });
  expect(place.upstream.requests).toHaveLength(1);
});

test('a response outlives the kernel that made it', async () => {
  await using place = await openPlace(sequence(asks, answers));
  const { id } = await place.client.responses.create({ ...ask, tools: [weather] });
  await place.reboot();
  const input = [{ type: 'function_call_output', call_id: 'call_w', output: '21 degrees' }] as const;
  const next = await place.client.responses.create({
    model: 'm',
    previous_response_id: id,
    input: [...input],
  });
  expect(next.output_text).toBe('Sunny');
});

let refusing: Awaited<ReturnType<typeof openPlace>>;
beforeAll(async () => {
  refusing = await openPlace(always(answers));
});
afterAll(() => refusing[Symbol.asyncDispose]());

test.each([
  ['no input', {}, 'input'],
  ['an item without a role', { input: [{ content: 'x' }] }, 'input[0].role'],
  [
    'an output without its call',
    { input: [{ type: 'function_call_output', call_id: 'c', output: '' }] },
    'input',
  ],
  [
    'a file by its id',
    { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] },
    'input[0].content[0]',
  ],
  ['a temperature out of range', { input: 'x', temperature: 3 }, 'temperature'],
  ['a wish for log probabilities', { input: 'x', include: ['message.output_text.logprobs'] }, 'include'],
  ['a tool without a name', { input: 'x', tools: [{ type: 'function' }] }, 'tools[0].name'],
])('%s is refused, and the field named', async (_what, body, param) => {
  const refused = await failureOf(refusing.client.post('/responses', { body: { model: 'm', ...body } }));
  expect(refused).toMatchObject({ status: 400, type: 'invalid_request_error', param });
  expect(refusing.upstream.requests).toHaveLength(0);
});

test('a vendor that fails before the first delta is told by the status', async () => {
  const fault = { kind: 'status', status: 429, retryAfterMs: 120_000 } as const;
  await using place = await openPlace(always({ fault }));
  const stream = place.client.responses.create({ ...ask, stream: true });
  expect(await failureOf(stream)).toMatchObject({ status: 429, type: 'rate_limit_error' });
});

test('a stream that breaks off ends as a failed response', async () => {
  const fault = { kind: 'error', afterPieces: 2, message: 'gone' } as const;
  await using place = await openPlace(always({ text: ['one', 'two', 'three'], fault }));
  const send = async (store: boolean) => {
    const stream = await place.client.responses.create({ ...ask, store, stream: true });
    const last = (await Array.fromAsync(stream)).at(-1);
    if (last?.type !== 'response.failed') throw new Error(`It ended with ${last?.type}.`);
    return last.response;
  };
  const failed = await send(true);
  expect(failed).toMatchObject({
    status: 'failed',
    error: { code: 'server_error', message: expect.stringMatching(/\S/) },
  });
  const { output_text: _, ...kept } = await place.client.responses.retrieve(failed.id);
  expect(kept).toEqual(failed);
  const { data } = await place.client.responses.inputItems.list(failed.id);
  expect(data).toMatchObject([{ role: 'user' }]);
  const { id } = await send(false);
  expect(await failureOf(place.client.responses.retrieve(id))).toMatchObject({ status: 404 });
});

test.each([false, true])(
  'what is not kept goes on as it is to a vendor that speaks Responses, streamed: %s',
  async (streams) => {
    await using place = await openPlace(always(answers), 'openai-responses');
    const body = { ...ask, store: false, tools: [{ type: 'web_search' }], stream: streams };
    const answer = await place.client.post('/responses', { body, stream: streams });
    const last = streams
      ? (await Array.fromAsync(answer as AsyncIterable<unknown>)).at(-1)
      : { response: answer };
    expect(last).toMatchObject({ response: { status: 'completed', model: ask.model } });
    expect(place.upstream.requests).toMatchObject([
      { path: '/v1/responses', body: { ...body, model: 'known' } },
    ]);
  },
);

test('what goes on from something kept here is never passed on', async () => {
  await using place = await openPlace(sequence(asks, answers, answers), 'openai-responses');
  const { client, upstream } = place;
  const first = await client.responses.create({ ...ask, tools: [weather] });
  const output = { type: 'function_call_output', call_id: 'call_w', output: '21 degrees' } as const;
  const more = { model: 'm', store: false, tools: [weather] };
  await client.responses.create({ ...more, previous_response_id: first.id, input: [output] });
  const asked = upstream.requests.at(-1)?.body;
  expect(asked).not.toHaveProperty('previous_response_id');
  const references = first.output.map(({ id }) => ({ type: 'item_reference', id: id ?? '' }) as const);
  const question = { role: 'user', content: ask.input } as const;
  await client.responses.create({ ...more, input: [question, ...references, output] });
  expect(upstream.requests.at(-1)?.body.input).toEqual(asked?.input);
});

test('a client that goes away cancels the call of the vendor', async () => {
  await using place = await openPlace(
    always({ text: ['one', 'two'], fault: { kind: 'stall', afterPieces: 1 } }),
  );
  const stream = await place.client.responses.create({ ...ask, stream: true });
  for await (const event of stream) if (event.type === 'response.output_text.delta') break;
  const leftAt = performance.now();
  await place.upstream.requests[0]?.disconnected;
  expect(performance.now() - leftAt).toBeLessThan(100);
});

test('without a good key nothing is answered but OpenAI’s error', async () => {
  await using place = await openPlace(always(answers));
  const { baseURL } = place.client;
  const stranger = new OpenAI({ baseURL, apiKey: 'wrong', maxRetries: 0 });
  expect(await failureOf(stranger.responses.create(ask))).toMatchObject({
    status: 401,
    code: 'invalid_api_key',
  });
});
