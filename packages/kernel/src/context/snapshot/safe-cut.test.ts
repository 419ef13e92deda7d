import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeCut } from './safe-cut.ts';

const greedy = { isGreedy: true, stop: [] };
const sampled = { isGreedy: false, stop: [] };

test.each([
  ['The quick bro', 'The quick'],
  ['The quick ', 'The quick'],
  ['The quick', 'The'],
  ['one\n\ntwo', 'one'],
  ['one.\n\ntwo', undefined],
  [' The quick bro', undefined],
  ['word', undefined],
  ['你好世界，我', '你好世界'],
  ['It works.', 'It'],
  ['a broken \uFFFD', 'a broken'],
  ['a broken \uFFFD byte or', undefined],
  ['', undefined],
])('under greedy decoding %j can be cut to %j', (text, expected) => {
  const cut = safeCut(text, greedy);
  expect(cut === undefined ? undefined : text.slice(0, cut)).toBe(expected);
});

test('without greedy decoding all of a text is kept, but for half a character and the whitespace before it', () => {
  expect(safeCut('The quick bro', sampled)).toBe(13);
  expect(safeCut('so \uD83D', sampled)).toBe(2);
});

test('whitespace at an end is never sent', () => {
  expect(safeCut('The quick \n', sampled)).toBe(9);
  expect(safeCut(' The quick', sampled)).toBeUndefined();
});

test('what may become a stop text is written again, for an engine looks for it in what it writes', () => {
  expect(safeCut('Answer: 42 ##', { ...sampled, stop: ['###'] })).toBe('Answer: 42'.length);
  expect(safeCut('Answer: 42 ##', { ...greedy, stop: ['2 ###'] })).toBe('Answer:'.length);
});

test('a text without a good place waits for one no longer than it is worth', () => {
  expect(safeCut(`word ${'x'.repeat(500)}`, greedy)).toBeUndefined();
});

test('a cut is inside of the text, never in half a character and never in the beginning of a stop text', () => {
  const words = fc.array(fc.constantFrom('a', 'stop', '🙂', '日本', '\n', '. ', '  ', 'EN', 'D'), {
    maxLength: 30,
  });
  const rules = fc.record({
    isGreedy: fc.boolean(),
    stop: fc.subarray(['END', 'stop now', '\n\n']),
  });
  fc.assert(
    fc.property(words, rules, (parts, rule) => {
      const text = parts.join(' ');
      const cut = safeCut(text, rule);
      if (cut === undefined) return;
      const kept = text.slice(0, cut);
      expect(kept.length).toBeGreaterThan(0);
      expect(kept.isWellFormed()).toBe(true);
      expect(kept).toBe(kept.trim());
      for (const ending of rule.stop) {
        for (let size = 1; size < ending.length; size += 1) {
          expect(kept.endsWith(ending.slice(0, size))).toBe(false);
        }
      }
    }),
  );
});
