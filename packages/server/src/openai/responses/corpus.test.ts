// What frameworks really send, recorded from their runs (long texts cut), goes through.

import type { JsonObject } from '@aios/protocol';
import { always } from '@aios/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPlace, type Place } from './place.fixture.ts';

let place: Place;
beforeAll(async () => {
  place = await openPlace(always({ text: 'Five' }));
});
afterAll(() => place[Symbol.asyncDispose]());

const parameters = {
  type: 'object',
  properties: { a: { title: 'A', type: 'integer' }, b: { title: 'B', type: 'integer' } },
  required: ['a', 'b'],
  additionalProperties: false,
};
const add = { type: 'function', name: 'add', description: 'add', strict: true, parameters };
const textItem = (role: string, text: string) => ({
  type: 'message',
  id: `msg_01a20313-c88e-7a02-9070-${role}`,
  role,
  content: [{ type: 'input_text', text }],
});

const corpus: Readonly<Record<string, { body: JsonObject; roles: string[] }>> = {
  'OpenAI Agents for Python, after a tool': {
    body: {
      include: [],
      input: [
        { content: '2+3?', role: 'user' },
        {
          arguments: '{"a":2,"b":3}',
          call_id: 'call_10',
          name: 'add',
          type: 'function_call',
          id: 'fc_10',
          status: 'completed',
        },
        { call_id: 'call_10', output: '5', type: 'function_call_output' },
      ],
      instructions: 'You add.',
      model: 'gpt-5.6-luna',
      reasoning: { effort: 'none' },
      text: { verbosity: 'low' },
      tools: [add],
    },
    roles: ['system', 'user', 'assistant', 'tool'],
  },
  'OpenAI Agents for JavaScript': {
    body: {
      model: 'gpt-5.6-luna',
      instructions: 'You add.',
      input: [{ role: 'user', content: '2+3?' }],
      include: [],
      tools: [add],
      stream: false,
      text: { verbosity: 'low' },
      reasoning: { effort: 'none' },
    },
    roles: ['system', 'user'],
  },
  Codex: {
    body: {
      model: 'm',
      stream: true,
      input: [
        textItem('developer', 'You are a coding agent.'),
        textItem('user', '<environment_context>'),
        textItem('user', 'compute 6*7'),
        { type: 'reasoning', summary: [], encrypted_content: 'gAAAA' },
        { type: 'function_call', name: 'shell', arguments: '{"command":["ls"]}', call_id: 'call_1' },
        { type: 'function_call_output', call_id: 'call_1', output: 'a.txt' },
      ],
      tools: [
        {
          type: 'function',
          name: 'shell',
          description: 'Runs',
          strict: false,
          parameters: { type: 'object' },
        },
        { type: 'namespace', name: 'mcp__files__', description: '', tools: [{ ...add, name: 'read' }] },
        { type: 'web_search' },
        { type: 'custom', name: 'apply_patch', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
      ],
      tool_choice: 'auto',
      parallel_tool_calls: false,
      reasoning: null,
      store: false,
      include: ['reasoning.encrypted_content'],
      prompt_cache_key: '0199',
      client_metadata: { 'x-codex-installation-id': '1' },
    },
    roles: ['system', 'user', 'user', 'assistant', 'tool'],
  },
};

test.each(Object.entries(corpus))('%s', async (_name, { body, roles }) => {
  const answer = await place.client.post('/responses', { body, stream: body.stream === true });
  const last = body.stream
    ? (await Array.fromAsync(answer as AsyncIterable<unknown>)).at(-1)
    : { response: answer };
  expect(last).toMatchObject({ response: { status: 'completed', output: [{ type: 'message' }] } });
  const messages = place.upstream.requests.at(-1)?.body.messages as { role: string }[];
  expect(messages.map(({ role }) => role)).toEqual(roles);
});

/** Wild values are rare, so that many requests get past the first check. */
function mostly<Good, Wild>(good: fc.Arbitrary<Good>, wild: fc.Arbitrary<Wild>): fc.Arbitrary<Good | Wild> {
  return fc.oneof({ weight: 14, arbitrary: good }, { weight: 1, arbitrary: wild });
}

test('no request makes the kernel fail', async () => {
  const { token } = place.installation;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }));
  const parts = fc.array(
    fc.oneof(
      fc.record({ type: fc.constantFrom('input_text', 'output_text'), text }),
      fc.record({ type: fc.constant('input_image'), image_url: mostly(fc.webUrl(), text) }),
      fc.record({ type: fc.constant('input_file'), file_data: text }, { requiredKeys: ['type'] }),
    ),
    { maxLength: 3 },
  );
  const callId = fc.constantFrom('a', 'b');
  const content = mostly(fc.oneof(text, parts), fc.jsonValue());
  const item = mostly(
    fc.oneof(
      fc.record({ role: fc.constantFrom('user', 'assistant', 'developer'), content }),
      fc.record({
        type: fc.constant('function_call'),
        call_id: callId,
        name: text,
        arguments: mostly(fc.json(), text),
      }),
      fc.record({ type: fc.constant('function_call_output'), call_id: callId, output: content }),
      fc.record({ type: fc.constant('reasoning'), summary: fc.constant([]), encrypted_content: text }),
      fc.record({ type: fc.constant('custom_tool_call'), input: text }),
    ),
    fc.oneof(
      fc.record({ type: fc.constant('item_reference'), id: fc.constant(`msg_${'0'.repeat(32)}_o0`) }),
      fc.dictionary(fc.constantFrom('type', 'role', 'content', 'id'), fc.jsonValue()),
    ),
  );
  const body = fc.record(
    {
      input: mostly(fc.oneof(text, fc.array(item, { maxLength: 4 })), fc.jsonValue()),
      tools: mostly(fc.constant([add]), fc.jsonValue()),
      tool_choice: mostly(fc.constantFrom('auto', 'none', 'required'), fc.jsonValue()),
      text: mostly(fc.constant({ format: { type: 'text' } }), fc.jsonValue()),
      reasoning: mostly(fc.constant({ effort: 'low' }), fc.jsonValue()),
      store: mostly(fc.boolean(), fc.jsonValue()),
      stream: fc.boolean(),
      previous_response_id: mostly(fc.constant(null), fc.string()),
      metadata: mostly(fc.dictionary(text, text), fc.jsonValue()),
    },
    { requiredKeys: ['input'] },
  );
  const statuses = new Set<number>();
  await fc.assert(
    fc.asyncProperty(body, async (sent) => {
      const init = { method: 'POST', headers, body: JSON.stringify(sent) };
      const response = await fetch(`${place.client.baseURL}/responses`, init);
      const answer = await response.text();
      expect([200, 400], answer).toContain(response.status);
      expect(answer).not.toContain('"internal"');
      statuses.add(response.status);
    }),
    { numRuns: 150 },
  );
  expect(statuses.size).toBe(2);
});
