import { expect, test } from 'vitest';
import { Pace } from './pace.ts';

test('so many in any minute: the next one waits until the oldest of them is a minute old', () => {
  const pace = new Pace(2);
  for (const at of [0, 10_000]) {
    expect(pace.waitMs(at)).toBe(0);
    pace.note(at);
  }
  expect(pace.waitMs(20_000)).toBe(40_000);
  expect(pace.waitMs(60_000)).toBe(0);
  pace.note(60_000);
  expect(pace.waitMs(60_001)).toBe(9_999);
});
