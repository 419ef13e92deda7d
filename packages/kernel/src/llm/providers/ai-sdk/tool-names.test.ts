import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createToolNames } from './tool-names.ts';

const tools = (names: string[]) =>
  names.map((name) => ({ name, description: '', inputSchema: { type: 'object' } }));
const namesFor = (names: string[]) => createToolNames({ tools: tools(names), messages: [] });

test('keeps names that are allowed and makes others readable', () => {
  const names = namesFor(['calculator', 'storage.search']);
  expect(names.encode('calculator')).toBe('calculator');
  expect(names.encode('storage.search')).toBe('storage_search');
  expect(names.decode('storage_search')).toBe('storage.search');
});

test('tells names apart that would be the same', () => {
  const names = namesFor(['a.b', 'a_b', 'a/b']);
  expect(names.encode('a_b')).toBe('a_b');
  expect(new Set(['a.b', 'a_b', 'a/b'].map(names.encode)).size).toBe(3);
});

test('leaves a name that the model made up as it is', () => {
  expect(namesFor(['a.b']).decode('invented')).toBe('invented');
});

test('knows the names in the history and in toolChoice', () => {
  const names = createToolNames({
    messages: [
      { role: 'assistant', content: '', toolCalls: [{ id: '1', name: 'old.tool', arguments: {} }] },
      { role: 'tool', toolCallId: '1', toolName: 'old.tool', content: 'x' },
    ],
    toolChoice: { tool: 'new.tool' },
  });
  expect(names.decode(names.encode('old.tool'))).toBe('old.tool');
  expect(names.decode(names.encode('new.tool'))).toBe('new.tool');
});

test('any set of names maps to allowed names and back, whatever the order', () => {
  const name = fc.oneof(fc.string({ minLength: 1, maxLength: 100 }), fc.stringMatching(/^[a._/-]{1,4}$/));
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 20 }), (all) => {
      const names = namesFor(all);
      const reversed = namesFor(all.toReversed());
      for (const one of all) {
        const encoded = names.encode(one);
        expect(encoded).toMatch(/^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/);
        expect(names.decode(encoded)).toBe(one);
        expect(reversed.encode(one)).toBe(encoded);
      }
    }),
  );
});
