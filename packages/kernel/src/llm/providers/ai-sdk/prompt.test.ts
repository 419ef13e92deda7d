import type { ChatMessage, ChatRequest } from '@aios/protocol';
import {
  always,
  startAnthropicServer,
  startGeminiServer,
  startOllamaServer,
  startOpenAiServer,
  type WireServer,
} from '@aios/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDriver } from '../../conformance-server.ts';
import type { Dialect } from '../provider.ts';
import { providers } from '../table.ts';

// What the vendors’ dialects bring that chat requests of the kernel can say, as it arrives at each vendor.

const signal = new AbortController().signal;
const script = always({ text: 'ok' });
const png = 'iVBORw0KGgo=';
const pdf = 'JVBERi0xLjQK';
const stack = new AsyncDisposableStack();
let servers: Record<'openai' | 'anthropic' | 'gemini' | 'ollama', WireServer>;
beforeAll(async () => {
  servers = {
    openai: stack.use(await startOpenAiServer({ script })),
    anthropic: stack.use(await startAnthropicServer({ script })),
    gemini: stack.use(await startGeminiServer({ script })),
    ollama: stack.use(
      await startOllamaServer({
        script,
        models: [{ name: 'm', capabilities: ['completion', 'tools', 'vision'] }],
      }),
    ),
  };
});
afterAll(() => stack.disposeAsync());

async function send(vendor: keyof typeof servers, request: ChatRequest, dialect?: Dialect) {
  const provider = providers.get(vendor);
  if (provider === undefined) throw new Error(`The table has no ${vendor}.`);
  const server = servers[vendor];
  const driver = testDriver({
    provider: dialect === undefined ? provider : { ...provider, dialect },
    model: 'm',
    baseUrl: vendor === 'ollama' ? server.origin : server.baseUrl,
    capabilities: provider.capabilities,
    key: 'k',
  });
  const at = server.requests.length;
  const reply = await driver.chat(request, { signal });
  return { body: server.requests[at]?.body ?? {}, warnings: JSON.stringify(reply.metadata?.warnings ?? []) };
}

const talk: ChatMessage[] = [
  { role: 'system', content: 'Be brief.', name: 'boss' },
  { role: 'user', content: 'hi', name: 'anna' },
  { role: 'assistant', content: 'hello', name: 'bert' },
  { role: 'user', content: [{ type: 'text', text: 'again' }], name: 'carl' },
];

test.each(['openai', 'openai-compatible'] as const)(
  'the dialect %s takes the names of speakers',
  async (dialect) => {
    const { body, warnings } = await send('openai', { messages: talk }, dialect);
    expect(body.messages).toMatchObject([
      { name: 'boss' },
      { name: 'anna' },
      { name: 'bert' },
      { name: 'carl' },
    ]);
    expect(warnings).not.toContain('name of messages');
  },
);

test.each(['anthropic', 'gemini', 'ollama'] as const)(
  '%s takes none, and the reply says so',
  async (vendor) => {
    const { body, warnings } = await send(vendor, { messages: talk });
    expect(JSON.stringify(body)).not.toContain('anna');
    expect(warnings).toContain('name of messages');
  },
);

const looked: ChatMessage[] = [
  { role: 'user', content: 'look' },
  {
    role: 'assistant',
    content: '',
    toolCalls: [
      { id: 'c1', name: 'look', arguments: {} },
      { id: 'c2', name: 'look', arguments: {} },
    ],
  },
  {
    role: 'tool',
    toolCallId: 'c1',
    toolName: 'look',
    content: [
      { type: 'text', text: 'a picture' },
      { type: 'image', mediaType: 'image/png', data: png },
    ],
  },
  { role: 'tool', toolCallId: 'c2', toolName: 'look', content: 'not found', isError: true },
];
const lookTool = { name: 'look', description: '', inputSchema: { type: 'object', properties: {} } };

test('an image in the result of a tool stays there where the vendor takes it', async () => {
  const { body } = await send('anthropic', { messages: looked, tools: [lookTool] });
  expect(body.messages).toMatchObject([
    {},
    {},
    {
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'c1',
          content: [
            { type: 'text', text: 'a picture' },
            { type: 'image', source: { data: png } },
          ],
        },
        { type: 'tool_result', tool_use_id: 'c2', is_error: true },
      ],
    },
  ]);
});

test.each(['openai', 'ollama'] as const)(
  '%s gets it in a message of the user, after all results',
  async (vendor) => {
    const { body } = await send(vendor, { messages: looked, tools: [lookTool] });
    expect(body.messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant' },
      { role: 'tool', content: 'a picture' },
      { role: 'tool', content: 'not found' },
      { role: 'user' },
    ]);
    expect(JSON.stringify((body.messages as unknown[]).at(-1))).toContain(png);
  },
);

const withFile: ChatMessage[] = [
  {
    role: 'user',
    content: [
      { type: 'text', text: 'read' },
      { type: 'file', mediaType: 'application/pdf', data: pdf, filename: 'a.pdf' },
    ],
  },
];

test.each(['openai', 'anthropic', 'gemini'] as const)('%s gets a PDF', async (vendor) => {
  const { body } = await send(vendor, { messages: withFile });
  expect(JSON.stringify(body)).toContain(pdf);
});

test('Ollama takes no files, which is refused', async () => {
  await expect(send('ollama', { messages: withFile })).rejects.toThrow(/application\/pdf/);
});

test('sampling, end users and verbosity reach those who know them, and the others say what they left out', async () => {
  const request: ChatRequest = {
    messages: [{ role: 'user', content: 'hi' }],
    topK: 5,
    presencePenalty: 0.5,
    frequencyPenalty: -0.5,
    user: 'anna',
    verbosity: 'low',
    tools: [
      {
        ...lookTool,
        inputSchema: { ...lookTool.inputSchema, required: [], additionalProperties: false },
        strict: true,
      },
    ],
  };
  const openai = await send('openai', request);
  expect(openai.body).toMatchObject({
    presence_penalty: 0.5,
    frequency_penalty: -0.5,
    user: 'anna',
    verbosity: 'low',
    tools: [{ function: { strict: true } }],
  });
  expect(openai.warnings).toContain('topK');
  const anthropic = await send('anthropic', request);
  expect(anthropic.body).toMatchObject({ top_k: 5, metadata: { user_id: 'anna' } });
  expect(anthropic.warnings).toMatch(/verbosity/);
  const ollama = await send('ollama', request);
  expect(ollama.body).toMatchObject({
    options: { top_k: 5, presence_penalty: 0.5, frequency_penalty: -0.5 },
  });
  expect(ollama.warnings).toMatch(/verbosity.*user/);
});

test('an instruction in the middle of a conversation is told by the user where the vendor takes none there', async () => {
  const messages = [
    { role: 'system' as const, content: 'Be brief.' },
    { role: 'user' as const, content: 'hello' },
    { role: 'system' as const, content: 'Be kind.' },
  ];
  const google = await send('gemini', { messages });
  expect(google.body).toMatchObject({
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    contents: [
      { role: 'user', parts: [{ text: 'hello' }] },
      { role: 'user', parts: [{ text: '<system>\nBe kind.\n</system>' }] },
    ],
  });
  const openai = await send('openai', { messages });
  expect(openai.body.messages).toHaveLength(3);
});

test.each([true, false])(
  'a model of Ollama that does not think is asked without it, streamed: %s',
  async (streamed) => {
    const provider = providers.get('ollama');
    if (provider === undefined) throw new Error('The table has no ollama.');
    const script = always({ text: 'Hi' });
    await using server = await startOllamaServer({
      script,
      models: [{ name: 'm', capabilities: ['completion'] }],
    });
    const { capabilities } = provider;
    const driver = testDriver({ provider, model: 'm', baseUrl: server.origin, capabilities, key: 'k' });
    const messages = [{ role: 'user' as const, content: 'hello' }];
    const emit = streamed ? { emit: () => undefined } : {};
    const reply = await driver.chat({ messages, reasoningEffort: 'high' }, { signal, ...emit });
    expect(reply).toMatchObject({ message: { content: 'Hi' } });
    expect(JSON.stringify(reply.metadata)).toContain('does not think');
    expect(server.requests.map(({ body }) => body.think)).toEqual([true, undefined]);
  },
);
