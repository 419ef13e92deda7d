import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changedKeys } from './changed-keys.ts';

test('names the last part of what differs', () => {
  const before = { a: { b: 1, c: 2 }, list: [{ x: 1 }, { x: 2 }], gone: 1 };
  const after = { a: { b: 1, c: 3 }, list: [{ x: 1 }], added: { y: 1 } };
  expect(changedKeys(before, after)).toEqual(['a.c', 'list[1]', 'gone', 'added']);
});

test('nothing differs from itself', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(changedKeys(JSON.parse(text), JSON.parse(text))).toEqual([]);
    }),
  );
});
