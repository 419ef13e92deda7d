import { always, firstOf, rules, structured } from '@aios/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway, upstreams } from './gateway.fixture.ts';

const usage = { inputTokens: 11, outputTokens: 7 };
const pieces = ['Hel', 'lo, ', '`', '``', 'py', '\n', 'w', 'orld'];
const call = { id: 'call_a', name: 'add', arguments: { a: 2, b: 3 } };
const schema = { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'] };
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const tool = {
  type: 'function' as const,
  function: {
    name: 'add',
    description: 'add',
    parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
  },
};

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway(
    firstOf(
      (request) =>
        request.messages.some(({ text }) => text.includes('sum up'))
          ? structured({ sum: 5 }, { usage })(request)
          : undefined,
      (request) => (request.messages.at(-1)?.role !== 'user' ? { text: 'It is 5.', usage } : undefined),
      rules([/list/, { text: '[1, 2]', usage }], [/add/, { toolCalls: [call], usage }]),
      (request) => {
        const images = request.messages.at(-1)?.images?.length ?? 0;
        return images > 0 ? { text: `${images} image`, usage } : undefined;
      },
      always({ text: pieces, usage }),
    ),
  );
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe.each(upstreams)('through %s', (model) => {
  test('a reply has every field of its description, with the name that the client gave', async () => {
    const reply = await gateway.client().chat.completions.create({
      model,
      messages: [
        { role: 'developer', content: [{ type: 'text', text: 'Be brief.' }] },
        { role: 'user', content: 'hi', name: 'anna' },
        { role: 'user', content: [{ type: 'text', text: 'hello' }] },
      ],
      temperature: 0,
    });
    expect(reply).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      created: expect.any(Number),
      model,
      system_fingerprint: null,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: pieces.join(''), refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 11,
        completion_tokens: 7,
        total_tokens: 18,
      },
    });
  });

  test('deltas come one by one; usage is on the finishing chunk, or in one of its own when asked for', async () => {
    const ask = async (includeUsage: boolean) => {
      const stream = await gateway.client().chat.completions.create({
        model,
        messages: [{ role: 'user', content: 'hi' }],
        stream: true,
        ...(includeUsage && { stream_options: { include_usage: true } }),
      });
      return await Array.fromAsync(stream);
    };
    const plain = await ask(false);
    const deltas = plain.flatMap(({ choices }) => choices[0]?.delta.content || []);
    expect(deltas).toEqual(pieces);
    expect(plain[0]).toMatchObject({
      object: 'chat.completion.chunk',
      model,
      choices: [{ index: 0, delta: { role: 'assistant' } }],
    });
    expect(plain.at(-1)).toMatchObject({
      choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
      usage: { total_tokens: 18 },
    });
    const asked = await ask(true);
    expect(asked.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 11, completion_tokens: 7 } });
    expect(asked.slice(0, -1).every((chunk) => chunk.usage == null)).toBe(true);
  });

  test('a tool loop, whole and streamed', async () => {
    const client = gateway.client();
    const question = { role: 'user' as const, content: 'add 2 and 3' };
    const first = await client.chat.completions.create({
      model,
      messages: [question],
      tools: [tool],
      tool_choice: 'auto',
    });
    const choice = first.choices[0];
    expect(choice).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    const [asked] = choice?.message.tool_calls ?? [];
    expect(asked).toMatchObject({
      id: expect.stringMatching(/./),
      type: 'function',
      function: { name: 'add' },
    });
    expect(JSON.parse(asked?.type === 'function' ? asked.function.arguments : '')).toEqual({ a: 2, b: 3 });
    const second = await client.chat.completions.create({
      model,
      tools: [tool],
      messages: [
        question,
        { role: 'assistant', content: null, tool_calls: asked === undefined ? [] : [asked] },
        { role: 'tool', tool_call_id: asked?.id ?? '', content: [{ type: 'text', text: '5' }] },
      ],
    });
    expect(second.choices[0]?.message.content).toBe('It is 5.');

    const runner = client.chat.completions.stream({ model, messages: [question], tools: [tool] });
    const streamed = await runner.finalChatCompletion();
    expect(streamed.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [{ type: 'function', function: { name: 'add' } }] },
    });
  });

  test('functions of old clients are answered with a function call, and their results understood', async () => {
    const client = gateway.client();
    const functions = [tool.function];
    const messages = [{ role: 'user' as const, content: 'add 2 and 3' }];
    const whole = await client.chat.completions.create({ model, messages, functions });
    expect(whole.choices[0]).toMatchObject({
      finish_reason: 'function_call',
      message: { content: null, function_call: { name: 'add' } },
    });
    expect(whole.choices[0]?.message.tool_calls).toBeUndefined();
    const chunks = await Array.fromAsync(
      await client.chat.completions.create({
        model,
        messages,
        functions,
        function_call: 'auto',
        stream: true,
      }),
    );
    const said = chunks.map(({ choices }) => choices[0]?.delta.function_call);
    expect(said.find((one) => one?.name)?.name).toBe('add');
    expect(JSON.parse(said.map((one) => one?.arguments ?? '').join(''))).toEqual({ a: 2, b: 3 });
    const answered = await client.chat.completions.create({
      model,
      functions,
      messages: [
        ...messages,
        { role: 'assistant', content: null, function_call: { name: 'add', arguments: '{"a":2,"b":3}' } },
        { role: 'function', name: 'add', content: '5' },
      ],
    });
    expect(answered.choices[0]?.message.content).toBe('It is 5.');
  });

  test('JSON by a schema; JSON as a wish may be a list', async () => {
    const client = gateway.client();
    const bySchema = await client.chat.completions.create({
      model,
      messages: [{ role: 'user', content: 'sum up' }],
      response_format: { type: 'json_schema', json_schema: { name: 'sum', schema, strict: false } },
    });
    expect(JSON.parse(bySchema.choices[0]?.message.content ?? '')).toEqual({ sum: 5 });
    const messages = [{ role: 'user' as const, content: 'a list' }];
    const response_format = { type: 'json_object' as const };
    const wished = await client.chat.completions.create({ model, messages, response_format });
    expect(JSON.parse(wished.choices[0]?.message.content ?? '')).toEqual([1, 2]);
    const streamed = client.chat.completions.stream({ model, messages, response_format });
    expect(JSON.parse((await streamed.finalContent()) ?? '')).toEqual([1, 2]);
  });

  // The server that stands for OpenAI gives one choice, as many servers that speak its format do.
  const n = model === 'gpt' ? 1 : 2;

  test('images, several choices, several at a time', async () => {
    const reply = await gateway.client().chat.completions.create({
      model,
      n,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'what is this?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}`, detail: 'low' } },
          ],
        },
      ],
    });
    expect(reply.choices.map(({ index, message }) => [index, message.content])).toEqual(
      [
        [0, '1 image'],
        [1, '1 image'],
      ].slice(0, n),
    );
    expect(reply.usage?.total_tokens).toBe(18 * n);
    const chunks = await Array.fromAsync(
      await gateway.client().chat.completions.create({
        model,
        n,
        stream: true,
        messages: [{ role: 'user', content: 'hi' }],
      }),
    );
    for (const index of [0, 1].slice(0, n)) {
      const own = chunks.flatMap(({ choices }) => choices.filter((choice) => choice.index === index));
      expect(own.map(({ delta }) => delta.content ?? '').join('')).toBe(pieces.join(''));
    }
    expect(chunks.filter((chunk) => chunk.usage).length).toBe(1);
  });

  test('completions of old programs, whole and streamed', async () => {
    const client = gateway.client();
    const whole = await client.completions.create({
      model,
      prompt: ['one', 'two'],
      echo: true,
      max_tokens: 50,
    });
    expect(whole).toMatchObject({ object: 'text_completion', model, usage: { total_tokens: 36 } });
    expect(whole.choices.map(({ text }) => text)).toEqual([`one${pieces.join('')}`, `two${pieces.join('')}`]);
    const stream = await client.completions.create({ model, prompt: 'one', stream: true });
    const chunks = await Array.fromAsync(stream);
    expect(chunks.map(({ choices }) => choices[0]?.text).join('')).toBe(pieces.join(''));
    expect(chunks.at(-1)).toMatchObject({
      choices: [{ finish_reason: 'stop' }],
      usage: { total_tokens: 18 },
    });
  });
});

test('tools that are allowed by the choice are offered, the others and those of unknown kinds are not', async () => {
  const before = gateway.servers.gpt.requests.length;
  await gateway.client().chat.completions.create({
    model: 'gpt',
    messages: [{ role: 'user', content: 'hi' }],
    tools: [
      tool,
      { type: 'function', function: { name: 'other', parameters: { type: 'object', properties: {} } } },
      { type: 'web_search', search_context_size: 'low' } as never,
    ],
    tool_choice: {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'add' } }] },
    },
  });
  const { body } = await gateway.servers.gpt.requestAt(before);
  expect(body).toMatchObject({ tools: [{ function: { name: 'add' } }], tool_choice: 'required' });
  expect(body.tools).toHaveLength(1);
});

test('embeddings: as numbers and as base64, of texts and of tokens', async () => {
  const client = gateway.client();
  const asNumbers = await client.embeddings.create({
    model: 'embedder',
    input: ['a queue', 'a core'],
    encoding_format: 'float',
  });
  expect(asNumbers).toMatchObject({
    object: 'list',
    model: 'embedder',
    usage: { total_tokens: expect.any(Number) },
  });
  expect(asNumbers.data.map(({ index, object }) => [index, object])).toEqual([
    [0, 'embedding'],
    [1, 'embedding'],
  ]);
  // Without a format the client asks for base64 and decodes it.
  const decoded = await client.embeddings.create({ model: 'embedder', input: 'a queue' });
  const [first] = asNumbers.data;
  expect(decoded.data[0]?.embedding).toHaveLength(first?.embedding.length ?? -1);
  for (const [at, value] of (decoded.data[0]?.embedding ?? []).entries()) {
    expect(value).toBeCloseTo(first?.embedding[at] ?? Number.NaN, 5);
  }
  // "Hello world" in the encoding cl100k_base.
  const before = gateway.servers.llama.requests.length;
  await client.embeddings.create({ model: 'nomic-embed', input: [[9906, 1917], [9906]] });
  const { body } = await gateway.servers.llama.requestAt(before);
  expect(body.input).toEqual(['Hello world', 'Hello']);
});

test('a name that nobody knows leads to the default model, and comes back', async () => {
  const before = gateway.servers.gpt.requests.length;
  const reply = await gateway.client().chat.completions.create({
    model: 'gpt-5.6-luna',
    messages: [{ role: 'user', content: 'hi' }],
  });
  expect(reply.model).toBe('gpt-5.6-luna');
  expect((await gateway.servers.gpt.requestAt(before)).body.model).toBe('gpt');
});

test('models in the shape of OpenAI, and of Anthropic for its clients', async () => {
  const client = gateway.client();
  const listed = await Array.fromAsync(await client.models.list());
  expect(listed.map(({ id }) => id)).toEqual([...upstreams, 'embedder', 'nomic-embed']);
  expect(await client.models.retrieve('claude')).toMatchObject({
    id: 'claude',
    object: 'model',
    owned_by: 'anthropic',
  });
  await expect(client.models.retrieve('nope')).rejects.toMatchObject({
    status: 404,
    code: 'model_not_found',
    param: 'model',
  });
  const headers = { 'x-api-key': gateway.token, 'anthropic-version': '2023-06-01' };
  const response = await fetch(`${gateway.url}/v1/models?limit=1000`, { headers });
  expect(await response.json()).toMatchObject({
    data: [
      { type: 'model', id: 'gpt', display_name: 'gpt', created_at: expect.any(String) },
      {},
      {},
      {},
      {},
      {},
    ],
    has_more: false,
    first_id: 'gpt',
    last_id: 'nomic-embed',
  });
  expect((await fetch(gateway.url, { method: 'HEAD' })).status).toBe(200);
});
