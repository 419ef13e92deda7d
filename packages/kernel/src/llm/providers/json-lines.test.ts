import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLines } from './json-lines.ts';

function bodyOf(pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(pieces);
}

test('wherever the body is cut into pieces, the lines are the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.jsonValue(), { maxLength: 5 }),
      fc.integer({ min: 1, max: 7 }),
      fc.boolean(),
      async (values, size, isEnded) => {
        const text = values.map((value) => JSON.stringify(value)).join('\n') + (isEnded ? '\n' : '');
        const bytes = new TextEncoder().encode(text);
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.slice(index * size, (index + 1) * size),
        );
        const read = await Array.fromAsync(readLines(bodyOf(pieces)));
        expect(read).toEqual(values.map((value) => JSON.parse(JSON.stringify(value))));
      },
    ),
  );
});

test('a line that is not JSON is an error', async () => {
  const body = bodyOf([new TextEncoder().encode('{"a":1}\n{"b":\n')]);
  await expect(Array.fromAsync(readLines(body))).rejects.toBeInstanceOf(SyntaxError);
});
