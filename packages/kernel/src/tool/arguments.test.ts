import type { JsonObject } from '@aios/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkArguments } from './arguments.ts';

const input = z.object({
  text: z.string().optional(),
  count: z.number().int().max(100).optional(),
  ratio: z.number().optional(),
  exact: z.boolean().optional(),
  names: z.array(z.string()).optional(),
  inner: z.object({ depth: z.number() }).optional(),
  limit: z.number().default(7),
});

const check = (given: JsonObject) => checkArguments('mine', input, given);

test('what says the same in another type is repaired', () => {
  expect(
    check({ text: 5, count: '42', ratio: '-1.5', exact: 'true', names: '["a"]', inner: '{"depth":"3"}' }),
  ).toEqual({ text: '5', count: 42, ratio: -1.5, exact: true, names: ['a'], inner: { depth: 3 }, limit: 7 });
});

test('null stands for an argument that is left out', () => {
  expect(check({ text: null, limit: null })).toEqual({ limit: 7 });
});

test.each(['', ' ', '1e3', '0x10', '01', '1.0', '+1', '12345678901234567890', 'NaN', 'Infinity', '1,5', '٣'])(
  '%j is no number without a loss',
  (text) => {
    expect(() => check({ ratio: text })).toThrow(/ratio: Invalid input: expected number/);
  },
);

test.each<[JsonObject, RegExp]>([
  [{ exact: 'yes' }, /exact: /],
  [{ exact: 1 }, /exact: /],
  [{ count: '1.5' }, /count: /],
  [{ count: '500' }, /count: Too big/],
  [{ names: 'a' }, /names: /],
  [{ names: '{}' }, /names: /],
  [{ inner: '[]' }, /inner: /],
  [{ inner: {} }, /inner\.depth: is required/],
  [{ names: ['a', null] }, /names\[1\]|names\.\[1\]: /],
  [{ limt: 5 }, /limt: is no argument of this tool; did you mean "limit"\?/],
  [{ zzz: 5 }, /zzz: is no argument of this tool, which takes text, count, ratio/],
])('%j is refused with the name of the argument', (given, message) => {
  expect(() => check(given)).toThrow(message);
});

test('all problems are told at once, by name in the details', () => {
  expect(() => check({ exact: 'x', ratio: 'y' })).toThrow(
    expect.objectContaining({
      code: 'invalid_argument',
      details: {
        tool: 'mine',
        problems: [expect.objectContaining({ path: 'ratio' }), expect.objectContaining({ path: 'exact' })],
      },
    }),
  );
});

test('every number that a model writes as text comes through unchanged', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (ratio) => {
      expect(check({ ratio: String(ratio) }).ratio).toBe(Object.is(ratio, -0) ? 0 : ratio);
    }),
  );
});

test('a repair leaves the given arguments as they are', () => {
  const given = { inner: { depth: '3' } };
  check(given);
  expect(given).toEqual({ inner: { depth: '3' } });
});
