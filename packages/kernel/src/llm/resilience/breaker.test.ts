import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SimulatedClock } from '../simulated-clock.fixture.ts';
import { Breaker, type Permit } from './breaker.ts';

const settings = { failures: 3, failureRate: 0.5, window: 10, openMs: 1000 };

function createBreaker(clock = new SimulatedClock()) {
  return { clock, breaker: new Breaker(settings, clock) };
}

function fail(breaker: Breaker, times: number): void {
  for (let time = 0; time < times; time += 1) breaker.enter()?.fail();
}

test('opens after failures in a row and lets nothing through', () => {
  const { breaker, clock } = createBreaker();
  fail(breaker, 2);
  breaker.enter()?.succeed();
  fail(breaker, 2);
  expect(breaker.state).toBe('closed');
  fail(breaker, 1);
  expect(breaker.state).toBe('open');
  expect(breaker.enter()).toBeUndefined();
  expect(breaker.retryAt).toBe(clock.now() + 1000);
});

test('opens when too many of the last calls failed, though not in a row', () => {
  const { breaker } = createBreaker();
  for (let time = 0; time < 4; time += 1) {
    fail(breaker, 1);
    breaker.enter()?.succeed();
  }
  breaker.enter()?.succeed();
  expect(breaker.state).toBe('closed');
  fail(breaker, 1);
  expect(breaker.state).toBe('open');
});

test.each([
  ['succeed', 'closed'],
  ['fail', 'open'],
  ['abandon', 'half_open'],
] as const)('half open, one call tries; when it ends with %s it is %s', async (end, state) => {
  const { breaker, clock } = createBreaker();
  fail(breaker, 3);
  await clock.advance(1000);
  expect(breaker.state).toBe('half_open');
  const probe = breaker.enter();
  expect(breaker.enter()).toBeUndefined();
  probe?.[end]();
  expect(breaker.state).toBe(state);
  expect(breaker.isPassable).toBe(state !== 'open');
});

test('a call from before it opened changes nothing when it ends after', async () => {
  const { breaker, clock } = createBreaker();
  const early = breaker.enter();
  fail(breaker, 3);
  early?.succeed();
  expect(breaker.state).toBe('open');
  await clock.advance(1000);
  const probe = breaker.enter();
  probe?.succeed();
  probe?.fail();
  expect(breaker.state).toBe('closed');
});

test('over random calls it is always in one of its states and moves only along its arrows', async () => {
  const step = fc.oneof(
    fc.constantFrom('enter', 'succeed', 'fail', 'abandon'),
    fc.integer({ min: 1, max: 1500 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { breaker, clock } = createBreaker();
      const held: Permit[] = [];
      let probes: Permit[] = [];
      for (const name of steps) {
        const before = breaker.state;
        if (typeof name === 'number') await clock.advance(name);
        else if (name === 'enter') {
          const permit = breaker.enter();
          expect(permit === undefined).toBe(
            before === 'open' || (before === 'half_open' && probes.length > 0),
          );
          if (permit !== undefined) held.push(permit);
          if (permit !== undefined && before === 'half_open') probes = [permit];
        } else {
          const permit = held.shift();
          permit?.[name]();
          probes = probes.filter((probe) => probe !== permit);
        }
        const after = breaker.state;
        const arrows = {
          closed: ['closed', 'open'],
          open: ['open', 'half_open'],
          half_open: ['half_open', 'open', 'closed'],
        };
        expect(arrows[before]).toContain(after);
      }
    }),
    { numRuns: 100 },
  );
});
