import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ThinkTags } from './think-tags.ts';

function sort(pieces: readonly string[]) {
  const tags = new ThinkTags();
  const sorted = [...pieces.map((piece) => tags.add(piece)), tags.finish()];
  return {
    reasoning: sorted.map(({ reasoning }) => reasoning).join(''),
    text: sorted.map(({ text }) => text).join(''),
  };
}

test.each([
  ['<think>\nLet me see.\n</think>\n\nFine.', 'Let me see.', 'Fine.'],
  ['No thinking <think>here</think>.', '', 'No thinking <think>here</think>.'],
  ['<think>cut off', 'cut off', ''],
  ['<thi', '', '<thi'],
  ['<think></think>Fine.', '', 'Fine.'],
  ['', '', ''],
])('%j', (whole, reasoning, text) => {
  expect(sort([whole])).toEqual({ reasoning, text });
});

test('wherever a stream is cut, the outcome is the same', () => {
  const words = fc.stringMatching(/^[a-z<>/\n ]{0,12}$/);
  const whole = fc.oneof(
    words,
    fc.tuple(words, words).map(([thought, answer]) => `<think>${thought}</think>${answer}`),
  );
  fc.assert(
    fc.property(whole, fc.integer({ min: 1, max: 9 }), (text, size) => {
      const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
      expect(sort(pieces)).toEqual(sort([text]));
    }),
  );
});
