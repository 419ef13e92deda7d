import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatKeyPath, parseKeyPath, valueAt } from './key-path.ts';

test('a path reads back as it was written', () => {
  const key = fc.oneof(
    fc.nat({ max: 99 }),
    fc.string({ minLength: 1 }).filter((text) => !text.includes('"')),
  );
  const first = fc.string({ minLength: 1 }).filter((text) => !text.includes('"'));
  fc.assert(
    fc.property(first, fc.array(key, { maxLength: 4 }), (head, rest) => {
      expect(parseKeyPath(formatKeyPath([head, ...rest]))).toEqual([head, ...rest]);
    }),
  );
});

test.each(['', '.', 'a.', 'a..b', 'a[', 'a[x]', 'a[1', 'a]', 'a[-1]'])('%j is no key', (text) => {
  expect(() => parseKeyPath(text)).toThrow(/key/);
});

test('nothing is found on prototypes', () => {
  expect(valueAt({ a: {} }, ['a', 'constructor'])).toBeUndefined();
});
