import { AiosError } from '@aios/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from './json.ts';

function failure(text: string): AiosError {
  try {
    parseJson(text);
  } catch (error) {
    if (AiosError.isInstance(error)) return error;
  }
  throw new Error(`${text} was read`);
}

test('what JSON.stringify wrote is read back', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(JSON.stringify(parseJson(text))).toBe(text);
    }),
  );
});

test('a bad token is named with its line and column', () => {
  const error = failure('{\n  "path": x\n}');
  expect(error.code).toBe('invalid_argument');
  expect(error.message).toContain('unexpected "x" at position 12 (line 2, column 11)');
  expect(error.details).toEqual({ position: 12, line: 2, column: 11 });
});

test('a text that ends too early says so', () => {
  expect(failure('{"path": "/a').message).toContain('it ends too early at position 12');
  expect(failure('[1, ').message).toContain('it ends too early');
});

test('any text is read or refused, with a position inside it', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseJson(text);
      } catch (error) {
        const details = AiosError.isInstance(error) ? error.details : undefined;
        expect(details?.position).toBeGreaterThanOrEqual(0);
        expect(details?.position).toBeLessThanOrEqual(text.length);
      }
    }),
  );
});
