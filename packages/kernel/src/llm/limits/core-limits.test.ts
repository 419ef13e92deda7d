import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SimulatedClock } from '../simulated-clock.fixture.ts';
import { CoreLimits, type Reservation } from './index.ts';

const never = new AbortController().signal;
const small = { inputTokens: 10, outputTokens: 10 };

/** Asks for a reservation and says when it came. */
function ask(limits: CoreLimits, clock: SimulatedClock, cost = small, signal = never) {
  const state: { at?: number; reservation?: Reservation; error?: unknown } = {};
  const from = clock.now();
  Promise.resolve(limits.reserve(cost, signal)).then(
    (reservation) => {
      state.at = clock.now() - from;
      state.reservation = reservation;
    },
    (error: unknown) => {
      state.error = error;
    },
  );
  return state;
}

test('without limits a call goes at once, without a promise', () => {
  const limits = new CoreLimits({}, new SimulatedClock());
  expect(limits.reserve({ inputTokens: 1e9, outputTokens: 1e9 }, never)).not.toBeInstanceOf(Promise);
  expect(limits.limitedUntil).toBeUndefined();
});

test.each([
  [{ requests: 2 }, 30_000],
  [{ inputTokens: 20 }, 30_000],
  [{ outputTokens: 20 }, 30_000],
])('%j: the third call waits until its part has flowed in', async (settings, waitMs) => {
  const clock = new SimulatedClock();
  const limits = new CoreLimits(settings, clock);
  const [first, second, third] = [ask(limits, clock), ask(limits, clock), ask(limits, clock)];
  await clock.advance(0);
  expect([first.at, second.at, third.at]).toEqual([0, 0, undefined]);
  expect(limits.limitedUntil).toBe(clock.now() + waitMs);
  await clock.advance(waitMs - 1);
  expect(third.at).toBeUndefined();
  await clock.advance(1);
  expect(third.at).toBe(waitMs);
});

test('a call that comes later does not overtake one that waits', async () => {
  const clock = new SimulatedClock();
  const limits = new CoreLimits({ inputTokens: 100 }, clock);
  ask(limits, clock, { inputTokens: 90, outputTokens: 0 });
  const large = ask(limits, clock, { inputTokens: 50, outputTokens: 0 });
  const little = ask(limits, clock, { inputTokens: 5, outputTokens: 0 });
  await clock.advance(0);
  expect([large.at, little.at]).toEqual([undefined, undefined]);
  expect(limits.waitMs({ inputTokens: 5, outputTokens: 0 })).toBe(30_000);
  await clock.advance(60_000);
  expect([large.at, little.at]).toEqual([24_000, 27_000]);
});

test('a call larger than a minute’s worth waits for a full bucket and no longer', async () => {
  const clock = new SimulatedClock();
  const limits = new CoreLimits({ inputTokens: 100 }, clock);
  ask(limits, clock);
  const huge = ask(limits, clock, { inputTokens: 5000, outputTokens: 0 });
  await clock.advance(60_000);
  expect(huge.at).toBe(6000);
});

test('what a call did not use comes back, what it used in addition is missing', async () => {
  const clock = new SimulatedClock();
  const limits = new CoreLimits({ inputTokens: 100 }, clock);
  const first = ask(limits, clock, { inputTokens: 100, outputTokens: 0 });
  await clock.advance(0);
  first.reservation?.settle({ inputTokens: 40, outputTokens: 0 });
  first.reservation?.settle({ inputTokens: 0, outputTokens: 0 });
  expect(limits.waitMs({ inputTokens: 60, outputTokens: 0 })).toBe(0);
  const second = ask(limits, clock, { inputTokens: 60, outputTokens: 0 });
  await clock.advance(0);
  second.reservation?.settle({ inputTokens: 70, outputTokens: 0 });
  expect(limits.waitMs({ inputTokens: 10, outputTokens: 0 })).toBe(12_000);
});

test('a call that was not sent after all gives everything back', () => {
  const limits = new CoreLimits({ requests: 1, outputTokens: 10 }, new SimulatedClock());
  const reservation = limits.reserve(small, never);
  expect(limits.waitMs(small)).toBeGreaterThan(0);
  if (!(reservation instanceof Promise)) reservation.cancel();
  expect(limits.waitMs(small)).toBe(0);
});

test('a caller who gives up leaves the queue to the next', async () => {
  const clock = new SimulatedClock();
  const limits = new CoreLimits({ inputTokens: 100 }, clock);
  ask(limits, clock, { inputTokens: 100, outputTokens: 0 });
  const controller = new AbortController();
  const large = ask(limits, clock, { inputTokens: 100, outputTokens: 0 }, controller.signal);
  const little = ask(limits, clock);
  controller.abort(new Error('enough'));
  await clock.advance(6000);
  expect(large.error).toEqual(new Error('enough'));
  expect(little.at).toBe(6000);
  expect(clock.pending).toBe(0);
});

test('a report of the provider holds calls until its reset, also where nothing is configured', async () => {
  const clock = new SimulatedClock();
  const limits = new CoreLimits({}, clock);
  limits.report({ tokens: { limit: 1000, remaining: 30, resetMs: 7000 } });
  const [first, second] = [ask(limits, clock), ask(limits, clock)];
  await clock.advance(0);
  expect([first.at, second.at]).toEqual([0, undefined]);
  await clock.advance(7000);
  expect(second.at).toBe(7000);
});

test('a report lowers a bucket and never fills it', () => {
  const limits = new CoreLimits({ requests: 60 }, new SimulatedClock());
  limits.report({ requests: { remaining: 0 } });
  expect(limits.waitMs(small)).toBe(1000);
  limits.report({ requests: { remaining: 50 } });
  expect(limits.waitMs(small)).toBe(1000);
});

test('retry-after stops everything for so long', async () => {
  const clock = new SimulatedClock();
  const limits = new CoreLimits({}, clock);
  limits.report({ retryAfterMs: 5000 });
  expect(limits.limitedUntil).toBe(clock.now() + 5000);
  const call = ask(limits, clock);
  await clock.advance(5000);
  expect(call.at).toBe(5000);
});

test('over random calls: never more in any stretch of time than a full bucket and what flowed in, in order, none lost', async () => {
  const call = fc.record({
    afterMs: fc.integer({ min: 0, max: 20_000 }),
    inputTokens: fc.integer({ min: 0, max: 150 }),
    outputTokens: fc.integer({ min: 0, max: 150 }),
    givesUpAfterMs: fc.option(fc.integer({ min: 0, max: 20_000 }), { freq: 4 }),
  });
  const perMinute = { requests: 6, inputTokens: 300, outputTokens: 200 };
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 25 }), async (calls) => {
      const clock = new SimulatedClock();
      const limits = new CoreLimits(perMinute, clock);
      const sent: { at: number; requests: number; inputTokens: number; outputTokens: number }[] = [];
      const order: number[] = [];
      let ended = 0;
      for (const [number, { afterMs, givesUpAfterMs, ...cost }] of calls.entries()) {
        await clock.advance(afterMs);
        const controller = new AbortController();
        if (givesUpAfterMs !== null) clock.after(givesUpAfterMs, () => controller.abort(new Error('enough')));
        Promise.resolve(limits.reserve(cost, controller.signal)).then(
          () => {
            sent.push({ at: clock.now(), requests: 1, ...cost });
            order.push(number);
            ended += 1;
          },
          () => {
            ended += 1;
          },
        );
      }
      await clock.runOut();
      expect(ended).toBe(calls.length);
      expect(order).toEqual(order.toSorted((left, right) => left - right));
      for (const [from, first] of sent.entries()) {
        const total = { requests: 0, inputTokens: 0, outputTokens: 0 };
        for (const { at, ...cost } of sent.slice(from)) {
          for (const key of ['requests', 'inputTokens', 'outputTokens'] as const) {
            total[key] += cost[key];
            const allowed = perMinute[key] * (1 + (at - first.at) / 60_000);
            expect(total[key]).toBeLessThanOrEqual(allowed + 1e-6);
          }
        }
      }
    }),
    { numRuns: 60 },
  );
});
