import { type SchedulingPolicy, schedulingPolicy } from '@aios/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Claim } from './claim.ts';
import { claim, core, createScheduler } from './scheduler.fixture.ts';
import type { Slot } from './slot.ts';

interface Arrival {
  readonly tenant: string;
  readonly program: string;
  readonly class: Claim['class'];
  readonly priority: number;
  readonly deadlineMs: number | undefined;
}

const policy = fc.constantFrom(...schedulingPolicy.options);
const arrival: fc.Arbitrary<Arrival> = fc.record({
  tenant: fc.constantFrom('a', 'b', 'c'),
  program: fc.constantFrom('1', '2', '3', '4'),
  class: fc.constantFrom('interactive', 'pipeline', 'batch'),
  priority: fc.integer({ min: -2, max: 2 }),
  deadlineMs: fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
});
const which = fc.nat({ max: 50 });
const cause = fc.constantFrom('refusals', 'kv', 'latency');
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('arrive'), arrival }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('end'), which, tokens: fc.nat({ max: 500 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail'), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel'), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('progress'), which, tokens: fc.nat({ max: 200 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resize'), slots: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('switch'), policy }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.integer({ min: 1, max: 5000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end-program'), arrival }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('congested'), cause }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('eased'), cause }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('space'), tokens: fc.integer({ min: 1, max: 100 }) }),
  },
);

test('over random calls, ends, failures, cancellations, preemptions, resizes, changes of policy, windows and memory: no call is lost or served twice, no slot leaks or is free while one waits', async () => {
  await fc.assert(
    fc.asyncProperty(
      policy,
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { minLength: 40, maxLength: 120, size: 'max' }),
      async (first, capacity, steps) => {
        const { scheduler, clock } = createScheduler(capacity, {
          policy: first,
          window: { isOn: true },
          maxQueued: 20,
          maxWaitMs: 30_000,
          sliceOutputTokens: 100,
          sliceMs: 2000,
        });
        let slots = capacity;
        let current: SchedulingPolicy = first;
        const held: { slot: Slot; claim: Claim }[] = [];
        const cancels: AbortController[] = [];
        const count = { arrived: 0, served: 0, refused: 0 };
        /** Tells of calls that get a slot more often than they ask. */
        const pending = new Set<symbol>();
        const refused = () => {
          count.refused += 1;
        };
        const ask = (wanted: Claim) => {
          const name = Symbol('call');
          const controller = new AbortController();
          cancels.push(controller);
          count.arrived += 1;
          pending.add(name);
          const take = (slot: Slot) => {
            expect(pending.delete(name)).toBe(true);
            count.served += 1;
            held.push({ slot, claim: wanted });
            // As a generation that is preempted: it gives its slot back and queues again.
            slot.onYield(() => {
              const index = held.findIndex((entry) => entry.slot === slot);
              if (index < 0) return;
              held.splice(index, 1);
              slot.release();
              ask(wanted);
            });
          };
          try {
            const granted = scheduler.acquire('core', wanted, controller.signal);
            if (granted instanceof Promise) granted.then(take, refused);
            else take(granted);
          } catch {
            refused();
          }
        };
        const settled = async () => {
          for (let turn = 0; turn < 4; turn += 1) await undefined;
        };
        const claimOf = ({ deadlineMs, program, tenant, ...rest }: Arrival) =>
          claim({
            ...rest,
            tenant,
            program: `${tenant} ${program}`,
            agent: program,
            deadlineAt: deadlineMs === undefined ? undefined : clock.now() + deadlineMs,
          });

        for (const entry of steps) {
          if (entry.kind === 'arrive') ask(claimOf(entry.arrival));
          else if (entry.kind === 'cancel') cancels.at(-1 - (entry.which % 8))?.abort(new Error('cancelled'));
          else if (entry.kind === 'pass') clock.advance(entry.ms);
          else if (entry.kind === 'congested') scheduler.gauge('core')?.congested(entry.cause, 'too many');
          else if (entry.kind === 'eased') scheduler.gauge('core')?.eased(entry.cause, 1);
          else if (entry.kind === 'space') scheduler.gauge('core')?.setSpace(entry.tokens);
          else if (entry.kind === 'end-program') scheduler.endProgram(claimOf(entry.arrival).program);
          else if (entry.kind === 'switch' || entry.kind === 'resize') {
            if (entry.kind === 'switch') current = entry.policy;
            else slots = entry.slots;
            scheduler.configure([core(slots, current, { isOn: true })]);
          } else {
            const [chosen] = held.slice(entry.which % Math.max(1, held.length));
            if (entry.kind === 'progress') {
              chosen?.slot.progress({ inputTokens: 0, outputTokens: entry.tokens });
            } else if (chosen !== undefined) {
              held.splice(held.indexOf(chosen), 1);
              const used = entry.kind === 'end' ? { inputTokens: 5, outputTokens: entry.tokens } : undefined;
              chosen.slot.release(used);
              chosen.slot.release(used);
            }
          }
          const { running, queued } = scheduler.load('core');
          const [{ window, memory } = {}] = scheduler.explain('core', 100);
          const isFull = memory !== undefined && memory.taken >= memory.space && running > 0;
          expect(queued === 0 || running >= slots || isFull || isHeldBack(window, queued)).toBe(true);
          await settled();
          // After a smaller capacity the calls that run may finish, after a smaller window those of programs that are in it.
          expect(scheduler.load('core').running).toBe(held.length);
          expect(count.served + count.refused + scheduler.load('core').queued).toBe(count.arrived);
        }
        scheduler.configure([core(slots, 'fifo', { isOn: true })]);
        while (held.length > 0) {
          held.pop()?.slot.release();
          await settled();
        }
        expect(count.served + count.refused).toBe(count.arrived);
        expect(scheduler.load('core')).toMatchObject({ running: 0, queued: 0 });
        expect(clock.timers).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});

/** Free slots are right where the window is full, or all that wait do so outside of it. */
function isHeldBack(
  window: { limit: number; programs: number; outside: number } | undefined,
  queued: number,
) {
  return window !== undefined && queued > 0 && window.outside > 0 && window.programs >= window.limit;
}

test('capacity is never exceeded', async () => {
  await fc.assert(
    fc.property(
      policy,
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.tuple(arrival, fc.boolean()), { size: 'large' }),
      (name, slots, calls) => {
        const { scheduler } = createScheduler(slots, { policy: name });
        const held: Slot[] = [];
        for (const [{ deadlineMs: _, ...wanted }, ends] of calls) {
          const granted = scheduler.acquire('core', claim(wanted));
          if (!(granted instanceof Promise)) held.push(granted);
          else void granted.then((slot) => held.push(slot));
          if (ends) held.shift()?.release();
          expect(scheduler.load('core').running).toBeLessThanOrEqual(slots);
        }
      },
    ),
  );
});
