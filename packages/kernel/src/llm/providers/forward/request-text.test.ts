import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formats } from './format.ts';
import { prepareRequest } from './request-text.ts';

const chat = formats['openai-chat'];
const prepare = (body: string, stream = false) => prepareRequest({ body, stream }, chat, 'upstream');

test('nothing but the model changes', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (rest) => {
      const object = JSON.parse(JSON.stringify({ ...rest, stream: false, model: 'asked' }));
      const { body, askedModel } = prepare(JSON.stringify(object));
      expect(JSON.parse(body)).toEqual({ ...object, model: 'upstream' });
      expect(askedModel).toBe('"asked"');
    }),
  );
});

test('a body that names the model as the provider does goes byte for byte', () => {
  const body = '{ "model" : "upstream",\n "messages": [ ] }';
  expect(prepare(body).body).toBe(body);
});

test.each([
  ['{"model":"m","stream":true}', { include_usage: true }, true],
  ['{"stream":true}', { include_usage: true }, true],
  ['{"model":"m","stream":true,"stream_options":null}', { include_usage: true }, true],
  ['{"stream_options":{},"model":"m","stream":true}', { include_usage: true }, true],
  ['{"model":"m","stream":true,"stream_options":{"a":1}}', { include_usage: true, a: 1 }, true],
  ['{"model":"m","stream":true,"stream_options":{"include_usage":false}}', { include_usage: true }, true],
  ['{"model":"m","stream":true,"stream_options":{"include_usage":true}}', { include_usage: true }, false],
])('%s is asked for its usage', (text, options, addsUsage) => {
  const prepared = prepare(text, true);
  expect(JSON.parse(prepared.body)).toMatchObject({
    model: 'upstream',
    stream: true,
    stream_options: options,
  });
  expect(prepared.addsUsage).toBe(addsUsage);
});

test('every way to name another model is closed', () => {
  const { body } = prepare('{"model":"cheap","mod\\u0065l":"dear"}');
  expect(body).toBe('{"model":"upstream","mod\\u0065l":"upstream"}');
});

test.each([
  ['{"stream":true}', false],
  ['{}', true],
  ['{"stream":false,"stream":true}', false],
  ['not JSON', false],
])('%s with stream: %s is refused', (body, stream) => {
  expect(() => prepare(body, stream)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
});
