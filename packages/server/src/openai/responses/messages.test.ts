import type { JsonObject } from '@aios/protocol';
import { expect, test } from 'vitest';
import { toMessages } from './messages.ts';
import { seal } from './sealed.ts';

const read = (...items: JsonObject[]) =>
  toMessages(items.map((item, index) => ({ item, at: `input[${index}]` })));

const call = (id: string) => ({ type: 'function_call', call_id: id, name: 'f', arguments: '{"a":1}' });
const output = (id: string) => ({ type: 'function_call_output', call_id: id, output: id });

test('the items of one turn are one message', () => {
  const thought = { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }] };
  const said = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'So' }] };
  expect(read(thought, said, call('a'), call('b'), output('a'), output('b'))).toEqual([
    {
      role: 'assistant',
      reasoning: 'Hm',
      content: 'So',
      toolCalls: ['a', 'b'].map((id) => ({ id, name: 'f', arguments: { a: 1 } })),
    },
    { role: 'tool', toolCallId: 'a', toolName: 'f', content: 'a' },
    { role: 'tool', toolCallId: 'b', toolName: 'f', content: 'b' },
  ]);
});

test('calls one after the other are turns of their own', () => {
  const roles = read(call('a'), output('a'), call('b'), output('b')).map(({ role }) => role);
  expect(roles).toEqual(['assistant', 'tool', 'assistant', 'tool']);
});

test('what two agents said in a row stays apart, with their names', () => {
  const said = (name: string) => ({ role: 'assistant', name, content: name });
  expect(read(said('anna'), said('bob'))).toEqual([
    { role: 'assistant', name: 'anna', content: 'anna' },
    { role: 'assistant', name: 'bob', content: 'bob' },
  ]);
});

test('a developer is the system', () => {
  const content = [
    { type: 'input_text', text: 'a' },
    { type: 'input_text', text: 'b' },
  ];
  expect(read({ role: 'developer', content })).toEqual([{ role: 'system', content: 'a\nb' }]);
});

test('arguments that are no JSON object are kept as they were written', () => {
  const [message] = read({ ...call('a'), arguments: '{"a":' });
  expect(message).toMatchObject({ toolCalls: [{ arguments: {}, malformed: '{"a":' }] });
});

test('what was sealed reaches its message and its call; what another sealed is left out', () => {
  const sealed = seal({
    role: 'assistant',
    content: '',
    providerData: { signed: 'thinking' },
    toolCalls: [{ id: 'a', name: 'f', arguments: {}, providerData: { signed: 'call' } }],
  });
  const thought = (text: string) => ({ type: 'reasoning', summary: [], encrypted_content: text });
  expect(read(call('a'), thought(sealed ?? ''))).toMatchObject([
    { providerData: { signed: 'thinking' }, toolCalls: [{ id: 'a', providerData: { signed: 'call' } }] },
  ]);
  const [foreign] = read(call('a'), thought('gAAAAABo-of-OpenAI'));
  expect(foreign).not.toHaveProperty('providerData');
});

test('thinking without an answer, and items of hosted tools, are no messages', () => {
  const thought = { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }] };
  expect(read(thought, { type: 'web_search_call', id: 'ws' }, { role: 'user', content: 'x' })).toEqual([
    { role: 'user', content: 'x' },
  ]);
});

test.each([
  ['data:text/plain,a%20b', { mediaType: 'text/plain', data: 'YSBi' }],
  ['data:image/png;base64,AAAA', { mediaType: 'image/png', data: 'AAAA' }],
  ['https://example.org/a.png', { mediaType: 'image/*', data: 'https://example.org/a.png' }],
])('the image %s is taken apart', (url, expected) => {
  const [message] = read({ role: 'user', content: [{ type: 'input_image', image_url: url }] });
  expect(message).toEqual({ role: 'user', content: [{ type: 'image', ...expected }] });
});

test.each([
  '\0',
  'file:///etc/passwd',
  'data:image/png;base64,???',
  'data:image/png;base64,AAAAA',
  'data:text/plain,%E0',
  'data:image/png;base64,',
])('the image %j is refused', (url) => {
  const content: JsonObject[] = [
    { type: 'input_text', text: 'See' },
    { type: 'input_image', image_url: url },
  ];
  expect(() => read({ role: 'user', content })).toThrow(
    expect.objectContaining({ code: 'invalid_argument', details: { param: 'input[0].content[1]' } }),
  );
});
