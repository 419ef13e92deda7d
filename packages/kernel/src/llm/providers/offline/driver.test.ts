import type { ChatMessage, ChatRequest, ToolSpecification } from '@aios/protocol';
import { expect, test } from 'vitest';
import { describeChatConformance, streamed } from '../../conformance.ts';
import { createOfflineDriver } from './driver.ts';

const subject = async () => ({ driver: createOfflineDriver(), [Symbol.asyncDispose]: async () => undefined });
describeChatConformance('offline', { sayingSomething: subject, callingTool: subject });

const driver = createOfflineDriver();
const { signal } = new AbortController();

const search: ToolSpecification = {
  name: 'storage.search',
  description: 'Find the passages of mounted files that match a question or words.',
  inputSchema: {
    type: 'object',
    properties: { query: { type: 'string' }, limit: { type: 'integer', default: 8 } },
    required: ['query'],
  },
};
const recall: ToolSpecification = {
  name: 'memory.search',
  description: 'Recall the calling agent’s notes that match a question or words, best first.',
  inputSchema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
};
const calculator: ToolSpecification = {
  name: 'calculator',
  description: 'Work out an arithmetic expression.',
  inputSchema: {
    type: 'object',
    properties: {
      expression: { type: 'string' },
      digits: { type: 'integer', minimum: 2 },
      mode: { type: 'string', enum: ['exact', 'rounded'] },
      verbose: { type: 'boolean' },
      unused: { type: 'string' },
    },
    required: ['expression', 'digits', 'mode', 'verbose'],
  },
};

function ask(content: string, rest: Partial<ChatRequest> = {}): ChatRequest {
  return { messages: [{ role: 'user', content }], ...rest };
}

/** The conversation after a search for the question found these passages. */
function found(question: string, matches: object[], rest: Partial<ChatRequest> = {}): ChatRequest {
  return {
    messages: [{ role: 'user', content: question }, ...searched('1', question, JSON.stringify({ matches }))],
    tools: [search],
    ...rest,
  };
}

function searched(id: string, query: string, content: string): ChatMessage[] {
  const toolCalls = [{ id, name: search.name, arguments: { query } }];
  return [
    { role: 'assistant', content: '', toolCalls },
    { role: 'tool', toolCallId: id, toolName: search.name, content },
  ];
}

const schedulerPassages = [
  {
    path: '/docs/scheduler.md',
    startLine: 10,
    endLine: 14,
    heading: 'Queues',
    text: '# Queues\n\nEvery core has a queue in front of it. A call waits there\nuntil a slot is free. The queue is first in, first out.',
    score: 3,
  },
  { path: '/docs/storage.md', startLine: 1, endLine: 2, text: 'Files are kept with versions.\n', score: 1 },
];

test('searches with the tool for documents and the user’s question', async () => {
  const question = 'How does a call wait for a core?';
  const { message } = await driver.chat(ask(question, { tools: [calculator, recall, search] }), { signal });
  expect(message.toolCalls).toEqual([
    { id: 'offline-1', name: 'storage.search', arguments: { query: question } },
  ]);
});

test('searches notes where the question is about notes', async () => {
  const request = ask('Which notes did I recall before?', { tools: [search, recall] });
  expect((await driver.chat(request, { signal })).message.toolCalls?.[0]?.name).toBe('memory.search');
});

test('searches documents where the question is about memory but not the user’s own', async () => {
  const request = ask('How does memory search find notes?', { tools: [recall, search] });
  expect((await driver.chat(request, { signal })).message.toolCalls?.[0]?.name).toBe('storage.search');
});

test('calls no tool when told not to, or when none searches', async () => {
  const without = await driver.chat(ask('How do cores work?', { tools: [search], toolChoice: 'none' }), {
    signal,
  });
  const unfit = await driver.chat(ask('How do cores work?', { tools: [calculator] }), { signal });
  for (const { message, finishReason } of [without, unfit]) {
    expect(message.toolCalls).toBeUndefined();
    expect(message.content).toMatch(/offline provider/);
    expect(finishReason).toBe('stop');
  }
});

test('fills the required arguments of a forced tool from question and schema', async () => {
  const request = ask('2 + 2', { tools: [search, calculator], toolChoice: { tool: 'calculator' } });
  const { message } = await driver.chat(request, { signal });
  expect(message.toolCalls?.[0]?.arguments).toEqual({
    expression: '2 + 2',
    digits: 2,
    mode: 'exact',
    verbose: false,
  });
  const required = ask('2 + 2', { tools: [calculator], toolChoice: 'required' });
  expect((await driver.chat(required, { signal })).message.toolCalls?.[0]?.name).toBe('calculator');
});

test('refuses a forced tool that is not offered', async () => {
  const request = ask('x', { tools: [search], toolChoice: { tool: 'other' } });
  await expect(driver.chat(request, { signal })).rejects.toMatchObject({
    code: 'invalid_argument',
    message: expect.stringMatching(/other.*storage\.search/),
  });
});

test('quotes the sentence that answers, with the line that it begins at', async () => {
  const { message } = await driver.chat(found('Where does a call wait for a free slot?', schedulerPassages), {
    signal,
  });
  expect(message.content).toContain('“A call waits there until a slot is free.” [/docs/scheduler.md:12]');
  expect(message.content).not.toContain('versions');
});

test('reads plain text results and lists of strings with a source', async () => {
  const request: ChatRequest = {
    messages: [
      { role: 'user', content: 'What is the capital of France?' },
      ...searched('1', 'capital', 'The capital of France is Paris. Berlin is in Germany.'),
    ],
  };
  const { message } = await driver.chat(request, { signal });
  expect(message.content).toBe('“The capital of France is Paris.” [storage.search]');
});

test('searches once more with the rarer words when the first search was poor, and never a third time', async () => {
  const question = 'How long does the hypervisor keep quarantined snapshots before eviction?';
  const first = found(question, [
    { path: '/a.md', startLine: 1, text: 'Lunch is kept warm before noon on Monday.' },
  ]);
  const { message } = await driver.chat(first, { signal });
  const query = message.toolCalls?.[0]?.arguments.query;
  expect(message.toolCalls).toHaveLength(1);
  expect(String(query).split(' ')).toHaveLength(3);
  expect(query).toContain('hypervisor');

  const second = {
    ...first,
    messages: [...first.messages, ...searched('2', String(query), '{"matches":[]}')],
  };
  const reply = await driver.chat(second, { signal });
  expect(reply.message.toolCalls).toBeUndefined();
  expect(reply.message.content).toMatch(/does not speak of|comes nearest|found nothing/);
});

test('says so when nothing was found and when a tool failed', async () => {
  const nothing = await driver.chat(found('Cores?', []), { signal });
  expect(nothing.message.content).toMatch(/found nothing/);
  const failed: ChatRequest = {
    messages: [
      { role: 'user', content: 'How do cores work?' },
      ...searched('1', 'cores', 'Error (permission_denied): storage.read was not granted.'),
    ],
    tools: [search],
  };
  const reply = await driver.chat(failed, { signal });
  expect(reply.message.content).toMatch(/A tool failed: .*storage\.read was not granted/);
});

test('answers from the conversation’s own text where it has an answer', async () => {
  const request: ChatRequest = {
    messages: [
      { role: 'system', content: 'You are a helpful agent. You answer about ports.' },
      {
        role: 'user',
        content:
          '[docs/a.md:7] The kernel listens on port 8000. It is bound to loopback.\n\nWhich port does the kernel listen on?',
      },
    ],
  };
  const { message } = await driver.chat(request, { signal });
  expect(message.content).toBe('“The kernel listens on port 8000.” [docs/a.md:7]');
});

test('summarises a text that it is given by its central sentences', async () => {
  const text =
    'The queue holds calls. The queue of a core holds waiting calls. It rained on Tuesday in Oslo. Calls leave the queue in order. Bananas are yellow fruit.';
  const { message } = await driver.chat(ask(`Summarise this text:\n\n${text}`), { signal });
  expect(message.content).toMatch(/queue of a core holds waiting calls/);
  expect(message.content).not.toMatch(/Bananas|rained/);
});

test('finds the question at the end of a longer message', async () => {
  const content =
    'Your answer cites no passage. Search again, then cite each passage.\n\nThe rules of the queue';
  const { message } = await driver.chat(ask(content, { tools: [search] }), { signal });
  expect(message.toolCalls?.[0]?.arguments.query).toBe('The rules of the queue');
});

test('says what it is where there is nothing to quote', async () => {
  const { message, metadata } = await driver.chat(ask('Write me a poem about autumn'), { signal });
  expect(message.content).toMatch(/no neural network.*OPENAI_API_KEY/);
  expect(metadata).toMatchObject({ offline: true, notice: expect.stringMatching(/no neural network/) });
});

test('looks at what came after the last question only', async () => {
  const messages: ChatMessage[] = [
    ...found('Where does a call wait?', schedulerPassages).messages,
    { role: 'assistant', content: 'In the queue.' },
    { role: 'user', content: 'How are files kept?' },
  ];
  const { message } = await driver.chat({ messages, tools: [search] }, { signal });
  expect(message.toolCalls?.[0]?.arguments.query).toBe('How are files kept?');
});

test('honours maxTokens and stop', async () => {
  const request = found('Where does a call wait for a free slot?', schedulerPassages, { tools: [] });
  const short = await driver.chat({ ...request, maxTokens: 3 }, { signal });
  expect(short.finishReason).toBe('length');
  expect(short.usage.outputTokens).toBeLessThanOrEqual(3);
  const stopped = await driver.chat({ ...request, stop: ['until'] }, { signal });
  expect(stopped.message.content).toMatch(/there $|there$/);
  expect(stopped.finishReason).toBe('stop');
});

test('stops in the middle of a stream when cancelled', async () => {
  const text = `A core waits ${Array.from({ length: 60 }, (_, index) => `for${index}`).join(' ')}.`;
  const request = found('Which core waits?', [{ path: '/a', startLine: 1, text }], { tools: [] });
  const controller = new AbortController();
  let pieces = 0;
  const call = driver.chat(request, {
    signal: controller.signal,
    emit: () => {
      pieces += 1;
      controller.abort();
    },
  });
  await expect(call).rejects.toMatchObject({ code: 'cancelled' });
  expect(pieces).toBeLessThan(60);
});

test('lets the event loop turn while many calls stream', async () => {
  const request = found('Where does a call wait for a free slot?', schedulerPassages);
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 0);
  await Promise.all(Array.from({ length: 500 }, () => streamed(driver, request)));
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);
});

test('survives any JSON as a tool result', async () => {
  const odd = [
    'null',
    '[]',
    '{}',
    '"text"',
    '[[["x"]]]',
    '{"a":{"b":[1,{"text":5}]}}',
    '{"text":"","path":1}',
    '[',
  ];
  for (const content of odd) {
    const messages: ChatMessage[] = [
      { role: 'user', content: 'What is it?' },
      ...searched('1', 'it', content),
    ];
    const { message } = await driver.chat({ messages }, { signal });
    expect(message.content).not.toBe('');
  }
});

test('embeds the same text alike and texts with shared words near each other', async () => {
  const texts = ['mounting folders', 'The folder was mounted', 'prices of wheat in June', ''];
  const { vectors, usage, metadata } = await driver.embed({ texts }, { signal });
  const [one = [], near = [], far = [], empty = []] = vectors;
  const dot = (left: number[], right: number[]) =>
    left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0);
  for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 10);
  expect(dot(one, near)).toBeGreaterThan(dot(one, far) + 0.3);
  expect(empty).toHaveLength(256);
  expect(usage).toMatchObject({ outputTokens: 0, source: 'estimate' });
  expect(metadata).toMatchObject({ offline: true });
  expect((await driver.embed({ texts }, { signal })).vectors).toEqual(vectors);
});

test('fills the schema that was asked for with its answer, and says no more than it knows', async () => {
  const schema = {
    type: 'object',
    properties: {
      answer: { type: 'string' },
      score: { type: 'number', minimum: 0, maximum: 1 },
      kind: { enum: ['quote', 'guess'] },
      sources: { type: 'array', items: { type: 'string' } },
      optional: { type: 'string' },
    },
    required: ['answer', 'score', 'kind', 'sources'],
  };
  const question = 'What colour is the sky?\n\nThe sky is blue. Grass is green.';
  const responseFormat = { type: 'json_schema', name: 'reply', schema } as const;
  const { message, metadata } = await driver.chat(ask(question, { responseFormat }), { signal });
  const value = JSON.parse(message.content);
  expect(value).toMatchObject({
    answer: expect.stringContaining('The sky is blue'),
    score: 0,
    kind: 'quote',
  });
  expect(value).not.toHaveProperty('optional');
  expect(metadata).toMatchObject({ offline: true });
});

test('a json_object holds the answer', async () => {
  const request = ask('What colour is the sky?\n\nThe sky is blue.', {
    responseFormat: { type: 'json_object' },
  });
  const { message } = await driver.chat(request, { signal });
  expect(JSON.parse(message.content)).toEqual({ answer: expect.stringContaining('The sky is blue') });
});
