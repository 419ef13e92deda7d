import { expect, test } from 'vitest';
import { readFilter } from './filter.ts';

test('types are separated by commas and the pid is a number', () => {
  expect(readFilter({ types: 'process-changed,kernel-closing', pid: '3' })).toEqual({
    types: ['process-changed', 'kernel-closing'],
    pid: 3,
  });
  expect(readFilter({})).toEqual({});
});

test.each([
  [{ types: 'process-exploded' }, /types/],
  [{ pid: '-1' }, /pid/],
  [{ pid: 'x' }, /pid/],
  [{ type: 'kernel-closing' }, /type/],
  [{ types: ['a', 'b'] }, /types/],
])('%o is refused by name', (query, name) => {
  expect(() => readFilter(query)).toThrow(name);
});
