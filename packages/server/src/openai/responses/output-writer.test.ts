import type { ChatReply, JsonObject } from '@aios/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReplyChunk } from '../../dialect/index.ts';
import type { ResponseEvent } from './open-item.ts';
import { OutputWriter } from './output-writer.ts';

const responseId = `resp_${'0'.repeat(32)}`;

function write(
  chunks: readonly ReplyChunk[],
  message: Partial<ChatReply['message']>,
  finishReason = 'stop' as const,
) {
  const events: ResponseEvent[] = [];
  const writer = new OutputWriter(responseId, new Map(), (event) => events.push(event));
  for (const chunk of chunks) writer.add(chunk);
  const reply: ChatReply = {
    message: { role: 'assistant', content: '', ...message },
    finishReason,
    model: 'm',
    provider: 'p',
    usage: { inputTokens: 1, outputTokens: 1, source: 'provider' },
  };
  return { events, output: writer.end(reply) };
}

const piece = fc.string({ minLength: 1, maxLength: 5 });
const proseChunk = fc.oneof(
  piece.map((text): ReplyChunk[] => [{ type: 'text-delta', text }]),
  piece.map((text): ReplyChunk[] => [{ type: 'reasoning-delta', text }]),
);
const callChunks = fc
  .tuple(fc.uuid(), fc.array(piece))
  .map(([id, pieces]): ReplyChunk[] => [
    { type: 'tool-call-start', id, name: 'f' },
    ...pieces.map((argumentsText): ReplyChunk => ({ type: 'tool-call-delta', id, argumentsText })),
    { type: 'tool-call-end', id },
  ]);
const stream = fc.array(fc.oneof(proseChunk, callChunks), { maxLength: 12 }).map((groups) => groups.flat());

const deltaFields: Readonly<Record<string, string>> = {
  'response.output_text.delta': 'text',
  'response.reasoning_summary_text.delta': 'text',
  'response.function_call_arguments.delta': 'arguments',
};

/** What a client makes of the events alone: the pieces of each item put together. */
function assemble(events: readonly ResponseEvent[]): Map<unknown, string> {
  const texts = new Map<unknown, string>();
  for (const { type, item_id: id, delta } of events) {
    if (type in deltaFields) texts.set(id, (texts.get(id) ?? '') + String(delta));
  }
  return texts;
}

function textOf(item: JsonObject): unknown {
  if (item.type === 'function_call') return item.arguments;
  const [part] = (item.type === 'message' ? item.content : item.summary) as JsonObject[];
  return part?.text;
}

test('every chunk is one delta, every item begins once and ends once, and its end is what its deltas say', () => {
  fc.assert(
    fc.property(stream, (chunks) => {
      const { events, output } = write(chunks, {});
      const deltas = chunks.filter(({ type }) => type.endsWith('-delta'));
      expect(events.filter(({ type }) => type in deltaFields)).toHaveLength(deltas.length);
      const texts = assemble(events);
      for (const [index, item] of output.entries()) {
        const ofItem = events.filter((event) => event.output_index === index);
        expect(ofItem.at(0)).toMatchObject({ type: 'response.output_item.added', item: { id: item.id } });
        expect(ofItem.at(-1)).toEqual({ type: 'response.output_item.done', output_index: index, item });
        expect(ofItem.filter(({ type }) => type.startsWith('response.output_item.'))).toHaveLength(2);
        expect(textOf(item)).toBe(texts.get(item.id) ?? '');
      }
      expect(new Set(output.map(({ id }) => id)).size).toBe(output.length);
    }),
  );
});

test('a reply that was not streamed gives the items that its stream would give', () => {
  const call = { id: 'c', name: 'f', arguments: { a: 1 } };
  const chunks: ReplyChunk[] = [
    { type: 'reasoning-delta', text: 'I ' },
    { type: 'reasoning-delta', text: 'think' },
    { type: 'text-delta', text: 'So' },
    { type: 'tool-call-start', id: 'c', name: 'f' },
    { type: 'tool-call-delta', id: 'c', argumentsText: '{"a":1}' },
    { type: 'tool-call-end', id: 'c' },
  ];
  const message = { reasoning: 'I think', content: 'So', toolCalls: [call], providerData: { signed: true } };
  const streamed = write(chunks, message).output;
  expect(write([], message).output).toEqual(streamed);
  expect(streamed.map(({ type }) => type)).toEqual(['reasoning', 'message', 'function_call', 'reasoning']);
});

test('two calls may grow side by side', () => {
  const { output } = write(
    [
      { type: 'tool-call-start', id: 'a', name: 'f' },
      { type: 'tool-call-start', id: 'b', name: 'g' },
      { type: 'tool-call-delta', id: 'b', argumentsText: '{"b":' },
      { type: 'tool-call-delta', id: 'a', argumentsText: '{}' },
      { type: 'tool-call-delta', id: 'b', argumentsText: '2}' },
      { type: 'tool-call-end', id: 'a' },
    ],
    {},
  );
  expect(output).toMatchObject([
    { call_id: 'a', name: 'f', arguments: '{}', status: 'completed' },
    { call_id: 'b', name: 'g', arguments: '{"b":2}', status: 'completed' },
  ]);
});

test('what comes after the last delta is written, too', () => {
  const { events, output } = write([{ type: 'text-delta', text: 'Good' }], { content: 'Good day' });
  expect(output).toMatchObject([{ content: [{ text: 'Good day' }] }]);
  expect(events).toContainEqual(expect.objectContaining({ delta: ' day' }));
});
