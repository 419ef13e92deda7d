import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TestClock } from './clock.fixture.ts';
import { Timers } from './timers.ts';

test('everything is due once, in order, and not before its time; what is removed never', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ afterMs: fc.nat(10_000), isRemoved: fc.boolean() })), (wishes) => {
      const clock = new TestClock();
      using timers = new Timers(clock);
      const due: number[] = [];
      for (const { afterMs, isRemoved } of wishes) {
        const at = clock.now() + afterMs;
        const node = timers.add(at, () => {
          expect(clock.now()).toBeGreaterThanOrEqual(at);
          expect(clock.now() - at).toBeLessThanOrEqual(1);
          due.push(afterMs);
        });
        if (isRemoved) timers.remove(node);
      }
      clock.advance(20_000);
      expect(due).toEqual(
        wishes.flatMap((wish) => (wish.isRemoved ? [] : wish.afterMs)).sort((left, right) => left - right),
      );
      expect(timers.size).toBe(0);
    }),
  );
});

test('a clock that is set ahead is noticed within a second, and one that is set back makes nothing come early', () => {
  const clock = new TestClock();
  using timers = new Timers(clock);
  let due = 0;
  const at = clock.now() + 3_600_000;
  timers.add(at, () => {
    due += 1;
  });
  clock.set(-600_000);
  clock.advance(3_600_000);
  expect(due).toBe(0);
  clock.set(600_000);
  clock.advance(1000);
  expect(due).toBe(1);
});
