import type { ChatMessage, JsonObject } from '@aios/protocol';
import { expect, test } from 'vitest';
import { supersededOf, toldResults } from './superseded.ts';

/** The calls with their results, one after the other; a call is [tool, arguments, failed]. */
function historyOf(...calls: readonly (readonly [string, JsonObject, true?])[]): ChatMessage[] {
  return calls.flatMap(([name, given, isError], index): ChatMessage[] => [
    { role: 'assistant', content: '', toolCalls: [{ id: `${index}`, name, arguments: given }] },
    {
      role: 'tool',
      toolCallId: `${index}`,
      toolName: name,
      content: 'x',
      ...(isError && { isError }),
    },
  ]);
}

/** Which of the calls, counted from 0, have a result that is superseded. */
function superseded(messages: readonly ChatMessage[], end = messages.length): number[] {
  const results = [...messages.keys()].filter((index) => index < end && messages[index]?.role === 'tool');
  return supersededOf(results, messages, toldResults(messages)).map((index) => (index - 1) / 2);
}

test('the same tool with the same arguments supersedes its earlier results, in whatever order they are written', () => {
  const history = historyOf(
    ['search', { query: 'a', limit: 1 }],
    ['search', { query: 'b', limit: 1 }],
    ['search', { limit: 1, query: 'a' }],
    ['search', { query: 'a', limit: 1 }],
  );
  expect(superseded(history)).toEqual([0, 2]);
});

test('only what came before counts', () => {
  const history = historyOf(['time.now', {}], ['time.now', {}]);
  expect(superseded(history, 2)).toEqual([]);
  expect(superseded(history, 4)).toEqual([0]);
});

test('a file read whole supersedes its parts, and a part supersedes nothing but itself', () => {
  const history = historyOf(
    ['storage.read', { path: '/a', offset: 0 }],
    ['storage.read', { path: '/a' }],
    ['storage.read', { path: '/a', offset: 9 }],
    ['storage.read', { path: '/b' }],
  );
  expect(superseded(history)).toEqual([0]);
});

test('a failure supersedes nothing, and is superseded', () => {
  const history = historyOf(
    ['read', { path: '/a' }],
    ['read', { path: '/a' }, true],
    ['read', { path: '/a' }],
  );
  expect(superseded(history.slice(0, 4))).toEqual([]);
  expect(superseded(history)).toEqual([0, 1]);
});

test('tools that write are not taken for reading: an argument more makes another call', () => {
  const history = historyOf(
    ['storage.write', { path: '/a', content: '1' }],
    ['storage.write', { path: '/a' }],
  );
  expect(superseded(history)).toEqual([]);
});
