// Holds the table of parameters in docs/responses-api.md to what is done, and to what the official client can send.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '@aios/protocol';
import { always } from '@aios/testing';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPlace, type Place } from './place.fixture.ts';

interface Case {
  readonly send: JsonObject[string];
  /** Sent beside it. */
  readonly with?: JsonObject;
  /** What of it the vendor gets, in Chat Completions. */
  readonly upstream?: JsonObject;
  /** What of it the response tells. */
  readonly told?: JsonObject;
  /** The client gets a stream. */
  readonly streams?: true;
}

const schema = { type: 'object', properties: {}, required: [], additionalProperties: false };
const tool = { type: 'function', name: 'add', parameters: schema, strict: true };

const casesAfter = (previousId: string): Readonly<Record<string, Case>> => ({
  background: { send: true },
  client_metadata: { send: { a: 'b' }, told: { client_metadata: { a: 'b' } } },
  context_management: { send: [{ type: 'compaction', compact_threshold: 1000 }] },
  conversation: { send: 'conv_1' },
  include: { send: ['reasoning.encrypted_content'] },
  input: { send: 'Say it', upstream: { messages: [{ role: 'user', content: 'Say it' }] } },
  instructions: {
    send: 'Be brief',
    upstream: { messages: [{ role: 'system', content: 'Be brief' }, { role: 'user' }] },
    told: { instructions: 'Be brief' },
  },
  max_output_tokens: { send: 50, upstream: { max_tokens: 50 }, told: { max_output_tokens: 50 } },
  max_tool_calls: { send: 3, told: { max_tool_calls: 3 } },
  metadata: { send: { a: 'b' }, told: { metadata: { a: 'b' } } },
  model: { send: 'my-name', upstream: { model: 'known' }, told: { model: 'my-name' } },
  parallel_tool_calls: {
    send: false,
    with: { tools: [tool] },
    upstream: { parallel_tool_calls: false },
    told: { parallel_tool_calls: false },
  },
  previous_response_id: {
    send: previousId,
    upstream: { messages: [{ content: 'before' }, { role: 'assistant' }, { content: 'x' }] },
    told: {},
  },
  prompt: { send: { id: 'pmpt_1' } },
  prompt_cache_key: { send: 'k', told: { prompt_cache_key: 'k' } },
  prompt_cache_retention: { send: '24h', told: { prompt_cache_retention: '24h' } },
  reasoning: {
    send: { effort: 'low' },
    upstream: { reasoning_effort: 'low' },
    told: { reasoning: { effort: 'low' } },
  },
  safety_identifier: { send: 's1', upstream: { user: 's1' }, told: { safety_identifier: 's1' } },
  service_tier: { send: 'flex', told: { service_tier: 'default' } },
  store: { send: false, told: { store: false } },
  stream: { send: true, streams: true },
  stream_options: { send: { include_obfuscation: false } },
  temperature: { send: 0, upstream: { temperature: 0 }, told: { temperature: 0 } },
  text: {
    send: { format: { type: 'json_schema', name: 'x', schema, strict: true }, verbosity: 'low' },
    upstream: {
      response_format: { type: 'json_schema', json_schema: { name: 'x', strict: true } },
      verbosity: 'low',
    },
    told: { text: { format: { type: 'json_schema', name: 'x' }, verbosity: 'low' } },
  },
  tool_choice: {
    send: { type: 'function', name: 'add' },
    with: { tools: [tool] },
    upstream: { tool_choice: { type: 'function', function: { name: 'add' } } },
    told: { tool_choice: { type: 'function', name: 'add' } },
  },
  tools: {
    send: [tool],
    upstream: { tools: [{ type: 'function', function: { name: 'add', strict: true } }] },
    told: { tools: [tool] },
  },
  top_logprobs: { send: 2 },
  top_p: { send: 0.5, upstream: { top_p: 0.5 }, told: { top_p: 0.5 } },
  truncation: { send: 'auto', told: { truncation: 'disabled' } },
  user: { send: 'u1', upstream: { user: 'u1' }, told: { user: 'u1' } },
});

/** Rows of the table: the parameters and what is done with them, in the first word. */
const page = readFileSync(new URL('../../../../../docs/responses-api.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| (?<names>`[^|]+`) \| (?<done>\w+)[^|]*\|/gm)].flatMap(({ groups }) =>
  [...(groups?.names ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => ({
    name,
    done: groups?.done ?? '',
  })),
);

let place: Place;
let cases: Readonly<Record<string, Case>>;
beforeAll(async () => {
  place = await openPlace(always({ text: '{}' }));
  cases = casesAfter((await place.client.responses.create({ input: 'before' })).id);
});
afterAll(() => place[Symbol.asyncDispose]());

test('the table has a row for every parameter of the official client', () => {
  const types = fileURLToPath(new URL('./resources/responses/responses.d.ts', import.meta.resolve('openai')));
  const [, body = ''] =
    /export interface ResponseCreateParamsBase \{(.*?)\n\}/s.exec(readFileSync(types, 'utf8')) ?? [];
  const parameters = [...body.matchAll(/^ {4}(\w+)\?:/gm)].map(([, name]) => name);
  expect(parameters.length).toBeGreaterThan(20);
  const names = rows.map(({ name }) => name);
  expect(parameters.filter((name) => !names.includes(name ?? ''))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});

test.each(rows)('$name: $done', async ({ name, done }) => {
  const given: Case = cases[name] ?? { send: { some: 'thing' } };
  const body = { model: 'm', input: 'x', ...given.with, [name]: given.send };
  const asked = place.upstream.requests.length;
  if (done === 'refused') {
    const refused = await place.client.post('/responses', { body }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(OpenAI.BadRequestError);
    expect(refused).toMatchObject({ param: name });
    expect(place.upstream.requests).toHaveLength(asked);
    return;
  }
  const response = await place.client.post('/responses', { body, ...(given.streams && { stream: true }) });
  if (given.streams) {
    expect((await Array.fromAsync(response as AsyncIterable<unknown>)).length).toBeGreaterThan(3);
    return;
  }
  expect(response).toMatchObject({ status: 'completed', ...given.told });
  expect(place.upstream.requests.at(-1)?.body).toMatchObject(given.upstream ?? {});
  // `store` and the others that concern the kernel itself are held by the tests of responses.
  if (done === 'honoured') expect(given.upstream ?? given.told).toBeDefined();
  if (done === 'told') expect(given.told).toHaveProperty(name);
  if (done === 'ignored') expect(given.upstream).toBeUndefined();
});
