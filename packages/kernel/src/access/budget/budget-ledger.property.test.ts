// No interleaving of reservations and settlements takes any scope over a bound, whatever the tree and the clock.

import { AiosError, type Budget } from '@aios/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Clock } from '../../clock/index.ts';
import type { Caller, Reservation } from '../../syscall/index.ts';
import { EventBus } from '../../telemetry/index.ts';
import { BudgetLedger } from './budget-ledger.ts';
import { ask, open, person, rulesOf } from './ledger.fixture.ts';

const minuteMs = 60_000;

const limits = fc.record({ tokens: fc.integer({ min: 40, max: 200 }), usd: fc.integer({ min: 2, max: 10 }) });
/** Mostly a few bounds, so that the others are reached, too. */
const quota = fc.record(
  {
    tokens: fc.integer({ min: 40, max: 400 }),
    calls: fc.integer({ min: 10, max: 60 }),
    usd: fc.integer({ min: 2, max: 20 }),
    concurrency: fc.integer({ min: 1, max: 6 }),
    per_minute: limits,
    per_day: limits,
  },
  { requiredKeys: [] },
);
const few = fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: quota });

const tree = fc.array(
  fc.record({
    parent: fc.nat(5),
    agent: fc.constantFrom('a', 'b', 'c'),
    tokens: fc.option(fc.integer({ min: 20, max: 300 }), { nil: undefined, freq: 1 }),
    usd: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 6 },
);

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('reserve' as const),
      who: fc.nat(6),
      tokens: fc.nat(25),
      cents: fc.nat(100),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      which: fc.nat(20),
      part: fc.constantFrom(0, 0.5, 1, undefined),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), which: fc.nat(20) }) },
  // Forwards and backwards, by up to two days.
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('jump' as const),
      minutes: fc.integer({ min: -2880, max: 2880 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('configure' as const) }) },
);

/** A clock that is set by hand; its timers fire when it is told to, as a host’s do whatever the time of day does. */
class JumpingClock implements Clock {
  #now = 10 * 86_400_000;
  readonly #timers = new Set<() => void>();

  now(): number {
    return this.#now;
  }

  after(_delayMs: number, run: () => void): () => void {
    this.#timers.add(run);
    return () => this.#timers.delete(run);
  }

  get pending(): number {
    return this.#timers.size;
  }

  jump(minutes: number): void {
    this.#now = Math.max(0, this.#now + minutes * minuteMs);
  }
}

interface Held {
  readonly reservation: Reservation;
  readonly tokens: number;
  readonly usd: number;
}

test('no scope passes a bound, nothing is held twice, and nothing is left over', async () => {
  let granted = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        agents: fc.record({ a: few, 'b*': few }),
        users: fc.record({ u: few }),
        tenants: fc.record({ t: quota }),
      }),
      tree,
      fc.array(step, { minLength: 20, maxLength: 100, size: 'max' }),
      async (quotas, processes, steps) => {
        const clock = new JumpingClock();
        const ledger = new BudgetLedger({ rules: rulesOf(quotas), events: new EventBus(), clock });
        const callers: Caller[] = [person];
        for (const [index, { parent, agent, tokens, usd }] of processes.entries()) {
          const budget: Budget = { ...(tokens && { tokens }), ...(usd && { usd }) };
          const above = index === 0 ? undefined : 1 + (parent % index);
          callers.push(open(ledger, index + 1, budget, { agent, ...(above && { parent: above }) }));
        }
        const held: Held[] = [];
        const waiting: AbortController[] = [];

        const reserve = async (caller: Caller, tokens: number, usd: number) => {
          const controller = new AbortController();
          const take = (reservation: Reservation | undefined) => {
            if (reservation === undefined) return;
            granted += 1;
            held.push({ reservation, tokens, usd });
          };
          const refuse = (error: unknown) => {
            if (controller.signal.aborted) return;
            refused += 1;
            expect(AiosError.isInstance(error) && error.code).toMatch(/^(quota_exceeded|rate_limited)$/);
          };
          try {
            const answer = ledger.reserve(caller, ask(tokens, usd), controller.signal);
            if (!(answer instanceof Promise)) return take(answer);
            waiting.push(controller);
            answer.then(take, refuse);
          } catch (error) {
            refuse(error);
          }
        };
        const settle = (which: number, part: number | undefined) => {
          const [one] = held.splice(which % Math.max(1, held.length), 1);
          one?.reservation.settle(
            part === undefined ? undefined : { tokens: Math.floor(one.tokens * part), usd: one.usd * part },
          );
        };
        const check = () => {
          for (const { used, reserved, limit } of ledger.list(person)) {
            expect(reserved).toBeGreaterThanOrEqual(0);
            expect(used + reserved).toBeLessThanOrEqual(limit);
          }
        };

        for (const each of steps) {
          if (each.kind === 'reserve')
            await reserve(callers[each.who % callers.length] ?? person, each.tokens, each.cents / 100);
          else if (each.kind === 'settle') settle(each.which, each.part);
          else if (each.kind === 'cancel')
            waiting[each.which % Math.max(1, waiting.length)]?.abort(new Error('x'));
          else if (each.kind === 'jump') clock.jump(each.minutes);
          else ledger.configure(rulesOf(quotas));
          await new Promise((resolve) => setImmediate(resolve));
          check();
        }

        for (const controller of waiting) controller.abort(new Error('over'));
        await new Promise((resolve) => setImmediate(resolve));
        while (held.length > 0) settle(0, undefined);
        check();
        for (const { reserved, dimension, used, waiting: left } of ledger.list(person)) {
          expect([reserved, left]).toEqual([0, 0]);
          if (dimension === 'concurrency') expect(used).toBe(0);
        }
        expect(clock.pending).toBe(0);
      },
    ),
    { numRuns: 150 },
  );
  expect(Math.min(granted, refused)).toBeGreaterThan(500);
});
