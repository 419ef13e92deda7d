// What the Claude Agent SDK 0.3.332 sends, recorded from its own package with a tool of an MCP server and shortened. The package
// is not run here: with its binary it has 384 MB.

import { firstOf, type Script } from '@aios/testing';
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway, upstreamNames } from '../test-support/gateway.fixture.ts';

const tool = 'mcp__k__look_up_order';
const usage = { inputTokens: 100, outputTokens: 20 };
const search = { id: 'call_s', name: 'ToolSearch', arguments: { query: `select:${tool}`, max_results: 5 } };
const lookUp = { id: 'call_l', name: tool, arguments: { order: 'A-17' } };

/** It looks for the tool, calls it, and answers with what it said. */
const script: Script = firstOf(
  ({ messages }) => {
    const result = messages.find(({ text }) => text.includes('Order A-17 is in'));
    return result && { text: 'In the hall.', usage };
  },
  ({ messages }) => (messages.length > 3 ? { toolCalls: [lookUp], usage } : undefined),
  () => ({ toolCalls: [search], usage }),
);

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway(script);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const headers = () => ({
  accept: 'application/json',
  'content-type': 'application/json',
  'user-agent': 'claude-cli/2.1.332 (external, sdk-ts, agent-sdk/0.3.332)',
  'x-claude-code-session-id': '30d2e6b5-d222-4ded-8221-e92eb30bc363',
  'x-stainless-lang': 'js',
  'x-stainless-package-version': '0.128.0',
  'x-stainless-retry-count': '0',
  'x-stainless-timeout': '600',
  'anthropic-beta':
    'claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,mid-conversation-tool-changes-2026-07-01,thinking-token-count-2026-05-13,advanced-tool-use-2025-11-20,effort-2025-11-24,thinking-display-updates-2026-08-18',
  'anthropic-dangerous-direct-browser-access': 'true',
  'anthropic-version': '2023-06-01',
  'x-api-key': gateway.aios.token,
  'x-app': 'cli',
});

const cached = { cache_control: { type: 'ephemeral' } };
const schema = (properties: object, required: string[]) => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties,
  required,
});
const searchTool = {
  name: 'ToolSearch',
  description: 'Fetches full schema definitions for deferred tools so they can be called.',
  input_schema: schema({ query: { type: 'string' }, max_results: { type: 'number', default: 5 } }, ['query']),
};
const deferred = [
  {
    name: 'DeferredToolPlaceholder',
    description: 'Reserved placeholder that keeps deferred tool loading active; never call this tool.',
    input_schema: { type: 'object', properties: {} },
    defer_loading: true,
  },
  {
    name: tool,
    description: 'Tells where an order is.',
    input_schema: schema({ order: { type: 'string' } }, ['order']),
    defer_loading: true,
  },
];

function body(model: string, turns: readonly object[]) {
  const isFirst = turns.length === 0;
  return {
    model,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: '<system-reminder>\nAttribution for git commits\n</system-reminder>' },
          { type: 'text', text: 'Where is the order A-17?' },
        ],
      },
      {
        role: 'system',
        content: isFirst ? [{ type: 'text', text: '# Environment', ...cached }] : '# Environment',
      },
      ...turns,
    ],
    system: [
      { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.332.c2a; cc_entrypoint=sdk-ts;' },
      { type: 'text', text: 'You are a Claude agent, built on Anthropic’s Claude Agent SDK.', ...cached },
    ],
    tools: isFirst ? [searchTool, deferred[0]] : [searchTool, ...deferred],
    metadata: { user_id: '{"device_id":"46474c45","account_uuid":"","session_id":"30d2e6b5"}' },
    max_tokens: 32_000,
    thinking: { type: 'adaptive', display: 'updates' },
    context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
    output_config: { effort: 'high' },
    stream: true,
  };
}

/** Sends a turn and reads the stream with the official client, as the SDK does. */
async function send(model: string, turns: readonly object[]): Promise<Anthropic.Message> {
  const response = await fetch(`${gateway.aios.url}/v1/messages?beta=true`, {
    method: 'POST',
    headers: headers(),
    body: JSON.stringify(body(model, turns)),
  });
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const client = new Anthropic({ apiKey: 'unused', fetch: async () => response });
  const asked = { model, max_tokens: 1, messages: [{ role: 'user' as const, content: 'x' }] };
  return await client.messages.stream(asked).finalMessage();
}

test.each(upstreamNames)('its tool loop runs on a model of %s', async (model) => {
  const turns: object[] = [];
  const turn = async (result: object) => {
    const message = await send(model, turns);
    const use = message.content.find((block) => block.type === 'tool_use');
    if (use === undefined) throw new Error('The model called nothing.');
    turns.push(
      { role: 'assistant', content: message.content },
      {
        role: 'user',
        content: [{ tool_use_id: use.id, type: 'tool_result', content: [result], ...cached }],
      },
    );
    return use;
  };
  expect(await turn({ type: 'tool_reference', tool_name: tool })).toMatchObject({ name: 'ToolSearch' });
  const use = await turn({ type: 'text', text: 'Order A-17 is in the hall' });
  expect(use).toMatchObject({ name: tool, input: { order: 'A-17' } });
  const answered = await send(model, turns);
  expect(answered.stop_reason).toBe('end_turn');
  expect(answered.content.map((block) => (block.type === 'text' ? block.text : '')).join('')).toBe(
    'In the hall.',
  );
  expect(answered.usage).toMatchObject({ input_tokens: 100, output_tokens: 20 });
});

test('its looks around are answered', async () => {
  const { url } = gateway.aios;
  expect((await fetch(`${url}/api/hello`, { method: 'HEAD', headers: headers() })).status).toBe(200);
  const models = await fetch(`${url}/v1/models?limit=1000`, { headers: headers() });
  expect(await models.json()).toMatchObject({ data: [{ type: 'model' }, {}, {}, {}, {}], has_more: false });
  const { stream: _, max_tokens: __, ...counted } = body('gemini', []);
  const count = await fetch(`${url}/v1/messages/count_tokens?beta=true`, {
    method: 'POST',
    headers: headers(),
    body: JSON.stringify(counted),
  });
  expect(await count.json()).toEqual({ input_tokens: expect.any(Number) });
});

test('tools that come and go in the middle of a conversation are offered accordingly', async () => {
  const before = gateway.upstreams.openai.requests.length;
  const changes = [
    {
      role: 'system',
      content: [
        {
          type: 'tool_addition',
          tool: { type: 'tool_definition', definition: { ...searchTool, name: 'Added' } },
        },
        { type: 'tool_removal', tool: { type: 'tool_reference', name: 'DeferredToolPlaceholder' } },
      ],
    },
    { role: 'user', content: 'Go on.' },
  ];
  await send('openai', changes);
  const { body: sent } = await gateway.upstreams.openai.requestAt(before);
  const offered = sent.tools as { function: { name: string } }[];
  expect(offered.map((one) => one.function.name)).toEqual(['ToolSearch', tool, 'Added']);
});

test('a thread is refused by the error that its clients go on from, whoever answers; a tool may have a field of that name', async () => {
  const { stream: _, ...whole } = body('anthropic', []);
  const post = async (more: object) => {
    const response = await fetch(`${gateway.aios.url}/v1/messages?beta=true`, {
      method: 'POST',
      headers: headers(),
      body: JSON.stringify({ ...whole, ...more }),
    });
    return { status: response.status, answer: await response.json() };
  };
  for (const model of upstreamNames) {
    const refused = await post({ model, thread: { type: 'create' } });
    expect(refused).toMatchObject({
      status: 400,
      answer: { error: { details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] } } },
    });
  }
  const before = gateway.upstreams.anthropic.requests.length;
  const reply = {
    name: 'reply',
    input_schema: schema({ thread: { type: 'string' } }, []),
    cache_control: cached.cache_control,
  };
  expect(await post({ tools: [reply] })).toMatchObject({ status: 200 });
  const { body: sent } = await gateway.upstreams.anthropic.requestAt(before);
  expect(sent.tools).toEqual([reply]);
});
