import { StringDecoder } from 'node:string_decoder';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formats } from './format.ts';
import { ReplyStream } from './reply-stream.ts';
import type { PreparedRequest } from './request-text.ts';

const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
const noUsage = { body: '', askedModel: '"asked"', addsUsage: true };

const event = (data: object, newLine: string) => `data: ${JSON.stringify(data)}${newLine}${newLine}`;
const chunkOf = (delta: object, finish_reason: string | null = null) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  model: 'upstream',
  choices: [{ index: 0, delta, finish_reason }],
});

/** A whole stream as a server with `include_usage` sends it. */
function streamOf(texts: readonly string[], newLine: string, ends = true): string {
  const events = texts.map((content) => event(chunkOf({ content }), newLine));
  const end = event(chunkOf({}, 'stop'), newLine);
  const last = event({ ...chunkOf({}), choices: [], usage }, newLine);
  return [...events, end, last, ...(ends ? [`data: [DONE]${newLine}${newLine}`] : [])].join('');
}

function pass(pieces: readonly Buffer[], request: PreparedRequest = noUsage) {
  const stream = new ReplyStream(formats['openai-chat'], request);
  const decoder = new StringDecoder('utf8');
  const out = pieces.map((piece) => stream.add(decoder.write(piece)));
  return { stream, out, text: out.join('') + stream.add(decoder.end()) + stream.finish() };
}

function dataOf(text: string): string[] {
  return text
    .split(/\r\n\r\n|\n\n/)
    .filter((line) => line !== '')
    .map((line) => line.replace(/^data: /, ''));
}

const words = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), { maxLength: 8 });

test('however a stream is cut, the same events come out, with the usage where the answer finishes', () => {
  fc.assert(
    fc.property(
      words,
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.array(fc.nat(400), { maxLength: 12 }),
      (texts, newLine, ends, cuts) => {
        const bytes = Buffer.from(streamOf(texts, newLine, ends));
        const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        const { stream, text } = pass(pieces);
        const data = dataOf(text);
        if (ends) expect(data.pop()).toBe('[DONE]');
        const chunks = data.map((json) => JSON.parse(json));
        expect(chunks.map(({ choices }) => choices[0].delta.content ?? '')).toEqual([...texts, '']);
        expect(chunks.map((chunk) => chunk.usage)).toEqual([...texts.map(() => undefined), usage]);
        expect(new Set(chunks.map(({ model }) => model))).toEqual(new Set(['asked']));
        expect(stream.counted).toEqual({ inputTokens: 7, outputTokens: 3 });
        expect(stream.isComplete).toBe(true);
      },
    ),
  );
});

test('an event leaves in the turn in which it is whole, and not before', () => {
  const [first, second] = [event(chunkOf({ content: 'é' }), '\n'), event(chunkOf({ content: 'b' }), '\n')];
  const bytes = Buffer.from(first + second);
  const pieces = [...bytes].map((byte) => Buffer.from([byte]));
  const { out } = pass(pieces, { body: '', addsUsage: false });
  const sent = out.flatMap((text, index) => (text === '' ? [] : [[index, text]]));
  expect(sent).toEqual([
    [Buffer.byteLength(first) - 1, first],
    [bytes.length - 1, second],
  ]);
});

test('who asked for the usage gets the events byte for byte', () => {
  const text = streamOf(['a', 'b'], '\n');
  expect(pass([Buffer.from(text)], { body: '', askedModel: '"upstream"', addsUsage: false }).text).toBe(text);
});

test('usage: null in the finishing event is filled in, and usage that comes in it is left there', () => {
  const open = event({ ...chunkOf({}, 'stop'), usage: null }, '\n');
  const own = event({ ...chunkOf({}), choices: [], usage }, '\n');
  const folded = dataOf(pass([Buffer.from(open), Buffer.from(own)]).text);
  expect(folded.map((json) => JSON.parse(json).usage)).toEqual([usage]);
  const whole = event({ ...chunkOf({}, 'stop'), usage }, '\n');
  expect(dataOf(pass([Buffer.from(whole)]).text).map((json) => JSON.parse(json).usage)).toEqual([usage]);
});

test('of several choices that finish, the last one gets the usage', () => {
  const ends = [0, 1].map((index) =>
    event({ ...chunkOf({}), choices: [{ index, delta: {}, finish_reason: 'stop' }] }, '\n'),
  );
  const own = event({ choices: [], usage }, '\n');
  const data = dataOf(pass([Buffer.from(ends.join('') + own)]).text).map((json) => JSON.parse(json));
  expect(data.map((chunk) => [chunk.choices[0].index, chunk.usage])).toEqual([
    [0, undefined],
    [1, usage],
  ]);
});

test('a finishing event without a following usage is not lost', () => {
  const { text, stream } = pass([Buffer.from(event(chunkOf({}, 'length'), '\n'))]);
  expect(JSON.parse(dataOf(text)[0] ?? '').choices[0].finish_reason).toBe('length');
  expect(stream.counted).toEqual({});
});

test('an answer that speaks of "finish_reason" has not finished by that', () => {
  const text = event(chunkOf({ content: '{"finish_reason":"stop"}' }), '\n');
  expect(pass([Buffer.from(text)]).stream.isComplete).toBe(false);
});

test.each([
  ['half an object', 'data: {"choices":[\n\n', 'UnreadableReply'],
  ['an error object', 'data: {"error":{"message":"overloaded"}}\n\n', 'ErrorReply'],
  [
    'an error event',
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n',
    'ErrorReply',
  ],
])('%s ends the stream', (_what, text, name) => {
  expect(() => pass([Buffer.from(text)])).toThrow(expect.objectContaining({ name }));
});

test('comments go on once the answer has begun, and do not begin it', () => {
  const text = event(chunkOf({ content: 'a' }), '\n');
  const { out } = pass(
    [': wait\n\n', text, ': still there\n\n'].map((piece) => Buffer.from(piece)),
    {
      body: '',
      addsUsage: false,
    },
  );
  expect(out).toEqual(['', text, ': still there\n\n']);
});
