import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { always, type ScriptedTurn, sequence, structured } from '../../scripted-model/index.ts';
import { type OpenAiServerOptions, startOpenAiServer } from '../server.ts';

async function start(options: OpenAiServerOptions) {
  const server = await startOpenAiServer(options);
  const client = new OpenAI({ baseURL: server.baseUrl, apiKey: 'none', maxRetries: 0 });
  return { server, client, [Symbol.asyncDispose]: () => server.close() };
}

type Input = OpenAI.Responses.ResponseInputItem;

const ask = { model: 'any', input: 'hello there' };
const weather = {
  type: 'function',
  name: 'weather',
  strict: false,
  parameters: { type: 'object' },
} as const;
const full: ScriptedTurn = {
  reasoning: 'Let me think',
  text: 'Good day',
  toolCalls: [
    { name: 'weather', arguments: { city: 'Bern', days: 3 }, pieces: 4 },
    { name: 'weather', arguments: { city: 'Rome' } },
  ],
  usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 60, reasoningTokens: 8 },
};

test('says the same whole and streamed: reasoning summary, text, parallel calls, usage', async () => {
  await using setup = await start({ script: always(full) });
  const reasoning = { summary: 'auto' } as const;
  const request = { ...ask, tools: [weather], reasoning };
  const whole = await setup.client.responses.create(request);
  const stream = setup.client.responses.stream(request);
  const types = new Set<string>();
  const numbers: number[] = [];
  for await (const event of stream) {
    types.add(event.type);
    numbers.push(event.sequence_number);
  }
  const streamed = await stream.finalResponse();
  for (const response of [whole, streamed]) {
    expect(response.output).toMatchObject([
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Let me think' }] },
      { type: 'message', content: [{ type: 'output_text', text: 'Good day' }] },
      { type: 'function_call', call_id: 'call_1', arguments: '{"city":"Bern","days":3}' },
      { type: 'function_call', call_id: 'call_2', arguments: '{"city":"Rome"}' },
    ]);
    expect(response).toMatchObject({ status: 'completed', output_text: 'Good day' });
    expect(response.usage).toMatchObject({
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 60 },
      output_tokens_details: { reasoning_tokens: 8 },
      total_tokens: 120,
    });
  }
  expect(numbers).toEqual(numbers.map((_, index) => index));
  expect([...types]).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.reasoning_summary_part.added',
    'response.reasoning_summary_text.delta',
    'response.reasoning_summary_text.done',
    'response.reasoning_summary_part.done',
    'response.output_item.done',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.function_call_arguments.delta',
    'response.function_call_arguments.done',
    'response.completed',
  ]);
});

test('goes on from a kept response, and wants an output for each call', async () => {
  const seen: number[] = [];
  await using setup = await start({
    script: ({ messages }) => {
      seen.push(messages.length);
      return messages.at(-1)?.role === 'tool' ? { text: 'warm' } : full;
    },
  });
  const first = await setup.client.responses.create({ ...ask, instructions: 'Be brief', tools: [weather] });
  const go = (input: Input[], previous: string | null = first.id) =>
    setup.client.responses.create({ model: 'any', input, tools: [weather], previous_response_id: previous });
  const output = (call_id: string): Input => ({ type: 'function_call_output', call_id, output: '20' });
  const references = first.output.map(({ id }): Input => ({ type: 'item_reference', id: id ?? '' }));

  const outputs = [output('call_1'), output('call_2')];
  expect((await go(outputs)).output_text).toBe('warm');
  expect((await go([...references, ...outputs], null)).output_text).toBe('warm');
  expect(seen).toEqual([2, 4, 3]);
  await expect(go([output('call_1')])).rejects.toThrow(/No tool output found for function call call_2/);
  await expect(go([...outputs, output('call_9')])).rejects.toThrow(/No tool call found .* call_9/);
  await expect(go(outputs, 'resp_0')).rejects.toMatchObject({ code: 'previous_response_not_found' });

  const forgotten = await setup.client.responses.create({ ...ask, store: false, tools: [weather] });
  await expect(go(outputs, forgotten.id)).rejects.toMatchObject({ status: 400 });
});

test('seals reasoning where asked and keeps it out of sight otherwise', async () => {
  await using setup = await start({ script: always({ reasoning: 'hidden', text: 'x' }) });
  const sealed = await setup.client.responses.create({
    ...ask,
    store: false,
    include: ['reasoning.encrypted_content'],
  });
  expect(sealed.output[0]).toMatchObject({ summary: [], encrypted_content: expect.any(String) });
  const plain = await setup.client.responses.create(ask);
  expect(JSON.stringify(plain)).not.toContain('hidden');
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
  const schema = {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  };
  const content = [
    { type: 'input_text', text: 'where?' },
    { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'auto' },
  ] as const;
  const format = { type: 'json_schema', name: 'place', schema, strict: true } as const;
  const request = {
    model: 'any',
    input: [{ role: 'user' as const, content: [...content] }],
    text: { format },
  };
  expect((await setup.client.responses.create(request)).output_text).toBe('{"city":"Bern"}');
  const forced = await setup.client.responses.create({
    ...ask,
    tools: [weather],
    tool_choice: { type: 'function', name: 'weather' },
  });
  expect(forced.output).toMatchObject([{ type: 'function_call', name: 'weather' }]);
  expect(seen).toMatchObject([
    { messages: [{ text: 'where?', images: [{ data: 'iVBORw0KGgo=', mediaType: 'image/png' }] }], schema },
    { tools: ['weather'], toolChoice: { name: 'weather' } },
  ]);
  const open = { ...format, schema: { ...schema, required: [] } };
  await expect(setup.client.responses.create({ ...ask, text: { format: open } })).rejects.toThrow(
    /Missing 'city'/,
  );
});

test('ends incomplete, or with an error in the middle, or not at all', async () => {
  const text = ['one', 'two'];
  await using setup = await start({
    script: sequence(
      { text, finishReason: 'length' },
      { text, fault: { kind: 'error', afterPieces: 1, message: 'try again', code: 'server_error' } },
      { text, fault: { kind: 'cut', afterPieces: 1 } },
      { text, fault: { kind: 'status', status: 429, retryAfterMs: 2000 } },
    ),
  });
  const read = async () => {
    const pieces: string[] = [];
    let last = '';
    try {
      for await (const event of await setup.client.responses.create({ ...ask, stream: true })) {
        last = event.type;
        if (event.type === 'response.output_text.delta') pieces.push(event.delta);
      }
    } catch (error) {
      return { pieces, error };
    }
    return { pieces, last };
  };
  expect(await read()).toEqual({ pieces: ['one', 'two'], last: 'response.incomplete' });
  expect(await read()).toMatchObject({ pieces: ['one'], error: { code: 'server_error' } });
  expect(await read()).toMatchObject({ pieces: ['one'], error: expect.any(Error) });
  expect(await read()).toMatchObject({ pieces: [], error: { status: 429 } });
});
