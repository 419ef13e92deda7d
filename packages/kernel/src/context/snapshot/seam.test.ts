import { expect, test } from 'vitest';
import { Echo, Seam } from './seam.ts';

function takeAll(seam: Seam, pieces: readonly string[]): (string | undefined)[] {
  return pieces.map((piece) => seam.take(piece));
}

test('what is written again is told once', () => {
  const seam = new Seam('The quick bro', 9);
  expect(seam.isClosed).toBe(false);
  expect(takeAll(seam, [' br', 'own f', 'ox'])).toEqual(['', 'wn f', 'ox']);
  expect(seam.isClosed).toBe(true);
  expect(seam.text).toBe('The quick brown fox');
});

test('a model that writes something else the second time is found out before it is told', () => {
  const seam = new Seam('The quick bro', 9);
  expect(takeAll(seam, [' ', 'red'])).toEqual(['', undefined]);
  expect(seam.told).toBe('The quick bro');
});

test('other whitespace than before changes nothing: what was told stands', () => {
  const seam = new Seam('One\n', 3);
  expect(takeAll(seam, [' two', ' three'])).toEqual(['two', ' three']);
  expect(seam.told).toBe('One\ntwo three');
  const more = new Seam('One\n', 3);
  expect(takeAll(more, ['\n', '\n', 'two'])).toEqual(['', '\n', 'two']);
});

test('an echo is taken off, in whatever pieces it comes, and an answer without one is left alone', () => {
  const echo = new Echo('One two');
  expect(['One', ' two thr', 'ee'].map((piece) => echo.take(piece))).toEqual(['', ' thr', 'ee']);
  const none = new Echo('One two');
  expect(['On', ' the other hand'].map((piece) => none.take(piece))).toEqual(['', 'On the other hand']);
  const short = new Echo('One two');
  expect(short.take('One')).toBe('');
  expect(short.finish()).toBe('One');
});
