import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WordWrap } from './word-wrap.ts';

function wrapPieces(pieces: readonly string[], width: number): string {
  const wrap = new WordWrap(width);
  return pieces.map((piece) => wrap.push(piece)).join('') + wrap.end();
}

test('words that come in pieces are not broken, and indentation stays', () => {
  expect(wrapPieces(['one tw', 'o thr', 'ee\n\n  - fo', 'ur'], 10)).toBe('one two\nthree\n\n  - four');
});

test('the words and the width are kept, however the text is cut', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1 });
  fc.assert(
    fc.property(
      words,
      fc.array(fc.integer({ min: 1, max: 7 })),
      fc.integer({ min: 9, max: 40 }),
      (list, cuts, width) => {
        const text = list.join(' ');
        const pieces: string[] = [];
        let rest = text;
        for (const cut of cuts) {
          pieces.push(rest.slice(0, cut));
          rest = rest.slice(cut);
        }
        const wrapped = wrapPieces([...pieces, rest], width);
        expect(wrapped.split(/\s+/)).toEqual(list);
        for (const line of wrapped.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
      },
    ),
  );
});

test('text without spaces is shown before it ends', () => {
  expect(new WordWrap(80).push('字'.repeat(40))).toBe('字'.repeat(40));
});
