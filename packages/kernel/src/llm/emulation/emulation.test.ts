import type { ChatRequest, ToolSpecification } from '@aios/protocol';
import { expect, test } from 'vitest';
import { streamed } from '../conformance.ts';
import type { Driver, DriverReply } from '../driver.ts';
import { maxRepairs } from './repair.ts';
import { withEmulation } from './with-emulation.ts';

const { signal } = new AbortController();
const tool: ToolSpecification = {
  name: 'storage.search',
  description: 'Find passages.',
  inputSchema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
};
const withTools: ChatRequest = { messages: [{ role: 'user', content: 'What is a core?' }], tools: [tool] };
const schema = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer' } },
  required: ['name', 'age'],
};
const withSchema: ChatRequest = {
  messages: [{ role: 'user', content: 'Who?' }],
  responseFormat: { type: 'json_schema', name: 'person', schema },
};

/** A model that says these texts, one a call, in pieces of three characters where it streams. */
function model(...texts: string[]): { driver: Driver; asked: ChatRequest[] } {
  const asked: ChatRequest[] = [];
  const driver: Driver = {
    chat: async (request, { emit }): Promise<DriverReply> => {
      const content = texts[asked.length] ?? 'no more';
      asked.push(request);
      for (const text of content.match(/[\s\S]{1,3}/g) ?? []) emit?.({ type: 'text-delta', text });
      return {
        message: { role: 'assistant', content },
        finishReason: 'stop',
        usage: { inputTokens: 10, outputTokens: 5, source: 'provider' },
      };
    },
    embed: async () => {
      throw new Error('not asked for');
    },
  };
  return { driver, asked };
}

const plain = (driver: Driver) => withEmulation(driver, { capabilities: ['chat', 'stream'], quirks: {} });
const native = (driver: Driver) =>
  withEmulation(driver, { capabilities: ['chat', 'stream', 'tools', 'json'], quirks: {} });
const callText = (query: string) =>
  `<tool_call>{"name":"storage.search","arguments":{"query":${JSON.stringify(query)}}}</tool_call>`;

test('a request without tools and format passes through untouched', async () => {
  const { driver, asked } = model('hello');
  const request: ChatRequest = { messages: [{ role: 'user', content: 'Hi' }] };
  expect(await plain(driver).chat(request, { signal })).not.toHaveProperty('emulated');
  expect(asked[0]).toBe(request);
});

test('tools are told in the prompt and calls are read from the text', async () => {
  const { driver, asked } = model(`Let me look.\n${callText('core')}\n${callText('queue')}`);
  const reply = await plain(driver).chat(withTools, { signal });
  expect(reply).toMatchObject({
    message: {
      content: 'Let me look.',
      toolCalls: [
        { name: 'storage.search', arguments: { query: 'core' } },
        { name: 'storage.search', arguments: { query: 'queue' } },
      ],
    },
    finishReason: 'tool_calls',
    emulated: ['tools'],
  });
  expect(asked[0]).not.toHaveProperty('tools');
  expect(JSON.stringify(asked[0]?.messages)).toContain('storage.search');
});

test('the words before a call pass on as they come, the marks never do', async () => {
  const { driver } = model(`Let me look. a < b, so:\n\n${callText('core')}`);
  const { reply, chunks } = await streamed(plain(driver), withTools);
  const shown = chunks.flatMap((chunk) => (chunk.type === 'text-delta' ? [chunk.text] : []));
  expect(shown.length).toBeGreaterThan(3);
  expect(shown.join('')).toBe('Let me look. a < b, so:');
  expect(reply.message.content).toBe('Let me look. a < b, so:');
  expect(chunks.slice(-3).map(({ type }) => type)).toEqual([
    'tool-call-start',
    'tool-call-delta',
    'tool-call-end',
  ]);
});

test.each([
  ['a bare call', '{"name": "storage.search", "arguments": {"query": "core"}}'],
  ['a fenced call', '```json\n{"name": "storage.search", "arguments": {"query": "core"}}\n```'],
  ['a call without its end', '<tool_call>{"name": "storage.search", "arguments": {"query": "core"}}'],
  ['a trailing comma', '<tool_call>{"name": "storage.search", "arguments": {"query": "core",},}</tool_call>'],
])('forgives %s', async (_, text) => {
  const { driver, asked } = model(text);
  const { reply, chunks } = await streamed(plain(driver), withTools);
  expect(reply.message.toolCalls).toMatchObject([{ arguments: { query: 'core' } }]);
  expect(chunks.filter(({ type }) => type === 'text-delta')).toEqual([]);
  expect(asked).toHaveLength(1);
});

test.each([
  [
    'names no tool',
    '<tool_call>{"name":"storage.find","arguments":{}}</tool_call>',
    /no tool "storage.find"/,
  ],
  ['lacks an argument', '<tool_call>{"name":"storage.search","arguments":{}}</tool_call>', /query/],
  ['is no JSON', '<tool_call>search for core</tool_call>', /not JSON/],
])('a call that %s is asked for again, and its usage counts', async (_, wrong, complaint) => {
  const { driver, asked } = model(wrong, callText('core'));
  const reply = await plain(driver).chat(withTools, { signal });
  expect(reply.message.toolCalls).toHaveLength(1);
  expect(reply.usage).toMatchObject({ inputTokens: 20, outputTokens: 10 });
  expect(asked[1]?.messages.at(-1)).toMatchObject({
    role: 'user',
    content: expect.stringMatching(complaint),
  });
});

test('repairs are bounded, and then the error says what is wrong', async () => {
  const wrong = '<tool_call>{"name":"storage.find","arguments":{}}</tool_call>';
  const { driver, asked } = model(wrong, wrong, wrong, callText('core'));
  await expect(plain(driver).chat(withTools, { signal })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('storage.find'),
  });
  expect(asked).toHaveLength(maxRepairs + 1);
});

test('a demanded call is demanded again; with none allowed, none is told', async () => {
  const demanding = model('I would rather talk.', callText('core'));
  const reply = await plain(demanding.driver).chat({ ...withTools, toolChoice: 'required' }, { signal });
  expect(reply.message.toolCalls).toHaveLength(1);
  const refusing = model('Just words.');
  await plain(refusing.driver).chat({ ...withTools, toolChoice: 'none' }, { signal });
  expect(JSON.stringify(refusing.asked[0])).not.toContain('storage.search');
});

test('calls and results of earlier turns become text', async () => {
  const { driver, asked } = model('A queue.');
  await plain(driver).chat(
    {
      ...withTools,
      messages: [
        ...withTools.messages,
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: 'one', name: tool.name, arguments: { query: 'core' } }],
        },
        { role: 'tool', toolCallId: 'one', toolName: tool.name, content: 'A core has a queue.' },
      ],
    },
    { signal },
  );
  expect(asked[0]?.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
  expect(asked[0]?.messages.at(-1)?.content).toContain('A core has a queue.');
});

test.each([
  ['a fence', '```json\n{"name":"Ada","age":36}\n```'],
  ['words around it', 'Here you are: {"name":"Ada","age":36}. Anything else?'],
  ['trailing commas', '{"name":"Ada","age":36,}'],
  ['single quotes', "{'name':'Ada','age':36}"],
])('JSON with %s is read', async (_, text) => {
  const { driver, asked } = model(text);
  const reply = await plain(driver).chat(withSchema, { signal });
  expect(reply).toMatchObject({ json: { name: 'Ada', age: 36 }, emulated: ['json'] });
  expect(JSON.parse(reply.message.content)).toEqual(reply.json);
  expect(asked[0]).not.toHaveProperty('responseFormat');
  expect(JSON.stringify(asked[0]?.messages)).toContain('integer');
});

test('wrong JSON is asked for again with what is wrong, streamed only when right', async () => {
  const { driver, asked } = model('{"name":"Ada"}', '{"name":"Ada","age":"old"}', '{"name":"Ada","age":36}');
  const { reply, chunks } = await streamed(plain(driver), withSchema);
  expect(reply).toMatchObject({ json: { name: 'Ada', age: 36 }, usage: { inputTokens: 30 } });
  expect(chunks).toEqual([{ type: 'text-delta', text: '{"name":"Ada","age":36}' }]);
  expect(asked[1]?.messages.at(-1)?.content).toContain('age');
  expect(asked[2]?.messages.at(-1)?.content).toContain('/age');
  expect(asked[2]?.messages).toHaveLength(4);
});

test('a model with a JSON mode streams as it goes; a wrong reply is then an error that had begun', async () => {
  const right = await streamed(native(model('{"name":"Ada","age":36}').driver), withSchema);
  expect(right.chunks.length).toBeGreaterThan(3);
  expect(right.reply).toMatchObject({ json: { name: 'Ada', age: 36 } });
  expect(right.reply).not.toHaveProperty('emulated');
  await expect(streamed(native(model('{"name":"Ada"}').driver), withSchema)).rejects.toMatchObject({
    code: 'unavailable',
    details: { begun: true },
  });
});

test('JSON that never gets right is an error that says why', async () => {
  const { driver, asked } = model('no', 'no', 'no', '{"name":"Ada","age":36}');
  await expect(plain(driver).chat(withSchema, { signal })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('not JSON'),
  });
  expect(asked).toHaveLength(maxRepairs + 1);
});

test('a json_object is any object and nothing else', async () => {
  const request: ChatRequest = { ...withSchema, responseFormat: { type: 'json_object' } };
  const { driver } = model('[1,2]', '{"anything":true}');
  expect(await native(driver).chat(request, { signal })).toMatchObject({ json: { anything: true } });
});

test('a schema that cannot be used is the caller’s mistake', async () => {
  const { driver } = model('{"name":"Ada"}');
  const responseFormat = { type: 'json_schema', name: 'x', schema: { $ref: '#/nowhere' } } as const;
  await expect(plain(driver).chat({ ...withSchema, responseFormat }, { signal })).rejects.toMatchObject({
    code: 'invalid_argument',
  });
});

test('tools and JSON together: calls first, then the JSON', async () => {
  const asksBoth: ChatRequest = {
    ...withTools,
    ...(withSchema.responseFormat && { responseFormat: withSchema.responseFormat }),
  };
  const calling = await plain(model(callText('core')).driver).chat(asksBoth, { signal });
  expect(calling).toMatchObject({ finishReason: 'tool_calls', emulated: ['tools'] });
  expect(calling).not.toHaveProperty('json');
  const answering = await plain(model('{"name":"Ada","age":36}').driver).chat(asksBoth, { signal });
  expect(answering).toMatchObject({ json: { name: 'Ada', age: 36 } });
  expect(answering.emulated?.toSorted()).toEqual(['json', 'tools']);
});

test('JSON as a wish may be a list, is put right where that works, and is given as it is where it does not', async () => {
  const wish: ChatRequest = {
    messages: [{ role: 'user', content: 'Plan.' }],
    responseFormat: { type: 'json' },
  };
  const list = model('[1, 2]');
  expect(await native(list.driver).chat(wish, { signal })).toMatchObject({ json: [1, 2] });
  // OpenAI’s own JSON mode allows objects only.
  expect(list.asked[0]).not.toHaveProperty('responseFormat');
  expect(JSON.stringify(list.asked[0]?.messages)).toContain('JSON');

  const mended = model('no', '[3]');
  expect(await native(mended.driver).chat(wish, { signal })).toMatchObject({
    json: [3],
    message: { content: '[3]' },
  });

  const prose = model(...Array.from({ length: maxRepairs + 1 }, () => 'Only words.'));
  const reply = await native(prose.driver).chat(wish, { signal });
  expect(reply).toMatchObject({ message: { content: 'Only words.' } });
  expect(reply).not.toHaveProperty('json');

  const live = model('Only words.');
  const { reply: shown, chunks } = await streamed(plain(live.driver), wish);
  expect(shown.message.content).toBe('Only words.');
  expect(chunks.length).toBeGreaterThan(1);
});
