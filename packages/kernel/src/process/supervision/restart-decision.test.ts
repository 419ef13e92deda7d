import { processExit, restart } from '@aios/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideRestart, type EndedRun } from './restart-decision.ts';

const fresh = { restarts: 0, withoutProgress: 0, furthest: 0 };
const failed = (calls: number): EndedRun => ({ exit: 'failed', calls, wasInterrupted: false });
const onFailure = restart.parse({ policy: 'on-failure' });

test.each([
  ['never', []],
  ['on-failure', ['failed', 'lost']],
  ['always', ['success', 'failed', 'lost']],
] as const)('%s starts again after %s alone', (policy, exits) => {
  const plan = restart.parse({ policy });
  const restarted = processExit.options.filter(
    (exit) => decideRestart(plan, fresh, { exit, calls: 1, wasInterrupted: false }, 0).kind === 'restart',
  );
  expect(restarted.sort()).toEqual([...exits].sort());
});

test('whatever the runs did: it is given up exactly after so many in a row without progress, and waits within its bounds', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 6 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (runs, maxAttempts, random) => {
        const plan = { ...onFailure, maxAttempts };
        let history = fresh;
        let inARow = 0;
        let best = 0;
        for (const calls of runs) {
          const decision = decideRestart(plan, history, failed(calls), random);
          const isProgress = calls > best || calls >= plan.progressCalls;
          inARow = isProgress ? 0 : inARow + 1;
          best = Math.max(best, calls);
          expect(decision.kind).toBe(inARow > maxAttempts ? 'given-up' : 'restart');
          if (decision.kind !== 'restart') return;
          const bound = Math.min(plan.maxBackoffMs, plan.backoffMs * 2 ** inARow);
          expect(decision.delayMs).toBeGreaterThanOrEqual(Math.floor(bound / 2));
          expect(decision.delayMs).toBeLessThanOrEqual(bound);
          expect(decision).toMatchObject({ withoutProgress: inARow, furthest: best });
          history = { ...decision, restarts: history.restarts + 1 };
        }
      },
    ),
  );
});

test('the end of its kernel counts for nothing, however often it comes', () => {
  const history = { restarts: 9, withoutProgress: 5, furthest: 7 };
  const run = { exit: 'lost' as const, calls: 0, wasInterrupted: true };
  expect(decideRestart(onFailure, history, run, 0.5)).toEqual({
    kind: 'restart',
    delayMs: 0,
    withoutProgress: 5,
    furthest: 7,
  });
});
