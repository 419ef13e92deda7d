import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { JsonObject, JsonValue } from '@aios/protocol';
import { always } from '@aios/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from './gateway.fixture.ts';

// Walks the tables of docs/openai-api.md: every parameter that the official client knows is in them, and each does what its
// row says, through a model whose provider speaks another format.

const messages = [{ role: 'user', content: 'hi' }];
const tools = [
  { type: 'function', function: { name: 'add', parameters: { type: 'object', properties: {} } } },
];

interface Sample {
  value: JsonValue;
  /** What the parameter does not make sense without. */
  beside?: JsonObject;
  /** What Anthropic’s server gets of it. */
  reaches?: JsonObject;
}

const chatSamples: Record<string, Sample> = {
  messages: { value: messages, reaches: { messages: [{ role: 'user' }] } },
  model: { value: 'claude', reaches: { model: 'claude' } },
  audio: { value: { voice: 'alloy', format: 'mp3' } },
  frequency_penalty: { value: 0.5 },
  function_call: {
    value: { name: 'add' },
    beside: { functions: [{ name: 'add', parameters: { type: 'object', properties: {} } }] },
    reaches: { tool_choice: { type: 'tool', name: 'add' } },
  },
  functions: {
    value: [{ name: 'add', parameters: { type: 'object', properties: {} } }],
    reaches: { tools: [{ name: 'add' }] },
  },
  logit_bias: { value: { 50256: -100 } },
  logprobs: { value: true },
  max_completion_tokens: { value: 77, reaches: { max_tokens: 77 } },
  max_tokens: { value: 78, reaches: { max_tokens: 78 } },
  metadata: { value: { a: 'b' } },
  modalities: { value: ['text', 'audio'] },
  moderation: { value: { model: 'omni-moderation-latest' } },
  n: { value: 2 },
  parallel_tool_calls: {
    value: false,
    beside: { tools },
    reaches: { tool_choice: { disable_parallel_tool_use: true } },
  },
  prediction: { value: { type: 'content', content: 'hi' } },
  presence_penalty: { value: 0.5 },
  prompt_cache_key: { value: 'k' },
  prompt_cache_options: { value: {} },
  prompt_cache_retention: { value: '24h' },
  reasoning_effort: { value: 'low' },
  response_format: { value: { type: 'json_object' } },
  safety_identifier: { value: 'anna', reaches: { metadata: { user_id: 'anna' } } },
  seed: { value: 7 },
  service_tier: { value: 'flex' },
  stop: { value: ['END'], reaches: { stop_sequences: ['END'] } },
  store: { value: true },
  stream: { value: true, reaches: { stream: true } },
  stream_options: { value: { include_usage: true }, beside: { stream: true } },
  temperature: { value: 0.25, reaches: { temperature: 0.25 } },
  tool_choice: { value: 'required', beside: { tools }, reaches: { tool_choice: { type: 'any' } } },
  tools: { value: tools, reaches: { tools: [{ name: 'add' }] } },
  top_logprobs: { value: 3 },
  top_p: { value: 0.5, reaches: { top_p: 0.5 } },
  user: { value: 'anna', reaches: { metadata: { user_id: 'anna' } } },
  verbosity: { value: 'low' },
  web_search_options: { value: {} },
};

const completionSamples: Record<string, Sample> = {
  model: { value: 'claude', reaches: { model: 'claude' } },
  prompt: { value: [9906, 1917], reaches: { messages: [{ content: [{ text: 'Hello world' }] }] } },
  best_of: { value: 3 },
  echo: { value: true },
  frequency_penalty: { value: 0.5 },
  logit_bias: { value: { 50256: -100 } },
  logprobs: { value: 2 },
  max_tokens: { value: 79, reaches: { max_tokens: 79 } },
  n: { value: 2 },
  presence_penalty: { value: 0.5 },
  seed: { value: 7 },
  stop: { value: 'END', reaches: { stop_sequences: ['END'] } },
  stream: { value: true, reaches: { stream: true } },
  stream_options: { value: { include_usage: true }, beside: { stream: true } },
  suffix: { value: 'the end' },
  temperature: { value: 0.25, reaches: { temperature: 0.25 } },
  top_p: { value: 0.5, reaches: { top_p: 0.5 } },
  user: { value: 'anna', reaches: { metadata: { user_id: 'anna' } } },
};

const embeddingSamples: Record<string, Sample> = {
  input: { value: [[9906, 1917]], reaches: { input: ['Hello world'] } },
  model: { value: 'nomic-embed', reaches: { model: 'nomic-embed' } },
  dimensions: { value: 8, reaches: { dimensions: 8 } },
  encoding_format: { value: 'base64' },
  user: { value: 'anna' },
};

const routes = [
  {
    heading: 'Of chat completions',
    path: '/v1/chat/completions',
    source: ['chat/completions/completions.d.ts', 'ChatCompletionCreateParamsBase'],
    samples: chatSamples,
    base: { model: 'claude', messages },
    upstream: 'claude',
  },
  {
    heading: 'Of completions',
    path: '/v1/completions',
    source: ['completions.d.ts', 'CompletionCreateParamsBase'],
    samples: completionSamples,
    base: { model: 'claude', prompt: 'hi' },
    upstream: 'claude',
  },
  {
    heading: 'Of embeddings',
    path: '/v1/embeddings',
    source: ['embeddings.d.ts', 'EmbeddingCreateParams'],
    samples: embeddingSamples,
    base: { model: 'nomic-embed', input: 'hi' },
    upstream: 'llama',
  },
] as const;

const page = readFileSync(new URL('../../../../docs/openai-api.md', import.meta.url), 'utf8');

function rowsOf(heading: string): [parameter: string, outcome: string][] {
  const section = page.split(/^#{2,3} /m).find((text) => text.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name = '', outcome = '']) => [
    name,
    outcome,
  ]);
}

function parametersOf([file, name]: readonly [string, string]): string[] {
  const folder = new URL('./resources/', import.meta.resolve('openai'));
  const text = readFileSync(fileURLToPath(new URL(file, folder)), 'utf8');
  const start = text.indexOf(`export interface ${name} {`);
  const body = text.slice(start, text.indexOf('\n}', start));
  return [...body.matchAll(/^ {4}([a-z_]+)\??:/gm)].map(([, parameter = '']) => parameter);
}

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway(always({ text: '{"a": 1}', usage: { inputTokens: 1, outputTokens: 1 } }));
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe.each(routes)('$heading', ({ heading, path, source, samples, base, upstream }) => {
  test('the table has every parameter of the official client', () => {
    const known = parametersOf(source);
    expect(known.length).toBeGreaterThan(4);
    expect(
      rowsOf(heading)
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(known.toSorted());
  });

  test.each(rowsOf(heading))('%s is %s', async (parameter, outcome) => {
    const sample = samples[parameter];
    if (sample === undefined) throw new Error(`There is no sample for ${parameter}.`);
    const server = gateway.servers[upstream];
    const before = server.requests.length;
    const response = await fetch(gateway.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...base, ...sample.beside, [parameter]: sample.value }),
    });
    const text = await response.text();
    if (outcome === 'refused') {
      expect(response.status).toBe(400);
      const { error } = JSON.parse(text);
      expect(error.message).toContain(error.param === 'modalities' ? 'audio' : error.param);
      expect(server.requests.length).toBe(before);
      return;
    }
    expect({ status: response.status, text }).toMatchObject({ status: 200 });
    expect(text).not.toContain('"error"');
    const { body } = await server.requestAt(before);
    if (outcome === 'ignored') expect(JSON.stringify(body)).not.toContain(`"${parameter}"`);
    else if (sample.reaches !== undefined) expect(body).toMatchObject(sample.reaches);
  });
});

test.each([
  ['logprobs', true],
  ['logit_bias', { 50256: -100 }],
  ['audio', { format: 'mp3', voice: 'alloy' }],
])('%s goes to a model of OpenAI’s format, whatever stands beside it', async (parameter, value) => {
  const { gpt } = gateway.servers;
  const before = gpt.requests.length;
  const beside = { response_format: { type: 'json_object' }, messages: [{ role: 'user', content: 'JSON' }] };
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.token}` },
    body: JSON.stringify({ model: 'gpt', ...beside, [parameter]: value }),
  });
  await response.text();
  expect((await gpt.requestAt(before)).body).toMatchObject({ ...beside, [parameter]: value });
});
