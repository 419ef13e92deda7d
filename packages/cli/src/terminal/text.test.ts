import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fit, formatDuration, printable, wrap } from './text.ts';

test.each([
  [0.4, '<1 ms'],
  [38.4, '38 ms'],
  [999.7, '1.00 s'],
  [1240, '1.24 s'],
  [12_340, '12.3 s'],
  [59_999, '1 min 0 s'],
  [125_000, '2 min 5 s'],
  [3_725_000, '1 h 2 min'],
  [180_000_000, '2 d 2 h'],
])('%d ms reads %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});

test('text for the screen cannot steer the terminal', () => {
  expect(printable('a\x1b[31mred\x1b[0m\x07\r\u009b2Jb\tc\nd')).toBe('aredb\tc\nd');
  expect(printable('\x1b]0;new title\x07text')).toBe('text');
});

test('fit keeps both ends of what is too long, within the width', () => {
  expect(fit('/docs/manual/chapter.md', 12)).toBe('/docs/…er.md');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, width) => {
      expect([...new Intl.Segmenter().segment(fit(text, width))].length).toBeLessThanOrEqual(width);
    }),
  );
});

test('wrapping keeps all words, the width, paragraphs and lists', () => {
  expect(wrap('one two three\n\n- four five six', 10, ' ')).toEqual([
    ' one two',
    ' three',
    '',
    ' - four',
    '   five',
    '   six',
  ]);
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }),
      fc.integer({ min: 14, max: 60 }),
      (words, width) => {
        const lines = wrap(words.join(' '), width, '  ');
        expect(lines.join(' ').split(/\s+/).filter(Boolean)).toEqual(words);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      },
    ),
  );
});
