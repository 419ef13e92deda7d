import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unitsOf } from '../../claim.ts';
import { claim, createScheduler } from '../../scheduler.fixture.ts';
import type { Slot } from '../../slot.ts';

const maxTokens = 400;
const tokens = fc.integer({ min: 1, max: maxTokens });

const settled = async () => {
  for (let turn = 0; turn < 4; turn += 1) await undefined;
};

/** A queue whose calls are known by tenant, with what each tenant got. */
function contention(slots: number) {
  const { scheduler, clock } = createScheduler(slots, { policy: 'fair' });
  const held: { slot: Slot; tenant: string; inputTokens: number; outputTokens: number }[] = [];
  const got = new Map<string, number>();
  const ask = (tenant: string, inputTokens: number, outputTokens: number) => {
    const cost = { inputTokens, outputTokens: maxTokens };
    void Promise.resolve(
      scheduler.acquire('core', claim({ tenant, program: tenant, agent: tenant, cost })),
    ).then((slot) => {
      held.push({ slot, tenant, inputTokens, outputTokens });
      got.set(tenant, (got.get(tenant) ?? 0) + unitsOf({ inputTokens, outputTokens }));
    });
  };
  const endOne = (which: number) => {
    const [ended] = held.splice(which % held.length, 1);
    clock.advance(10);
    ended?.slot.release(ended);
    return ended?.tenant;
  };
  return { got, ask, endOne };
}

test('what two tenants with enough to do get never differs by more than twice what the slots can hold', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.record({ which: fc.nat(), input: tokens, output: tokens }), {
        minLength: 50,
        maxLength: 150,
      }),
      async (slots, steps) => {
        const { got, ask, endOne } = contention(slots);
        // What a call of tenant a takes is up to four times that of b: by what they take they are equal, not by calls.
        const draw = (tenant: string, { input, output }: { input: number; output: number }) =>
          tenant === 'a'
            ? ask(tenant, input, output)
            : ask(tenant, Math.ceil(input / 4), Math.ceil(output / 4));
        for (let call = 0; call < 2 * slots + 1; call += 1) {
          for (const tenant of ['a', 'b']) draw(tenant, { input: maxTokens / 2, output: maxTokens / 2 });
        }
        await settled();
        let [least, most] = [0, 0];
        for (const step of steps) {
          const tenant = endOne(step.which);
          if (tenant !== undefined) draw(tenant, step);
          await settled();
          const difference = (got.get('a') ?? 0) - (got.get('b') ?? 0);
          least = Math.min(least, difference);
          most = Math.max(most, difference);
        }
        const ofSlots = slots * unitsOf({ inputTokens: maxTokens, outputTokens: maxTokens });
        expect(most - least).toBeLessThanOrEqual(2 * ofSlots);
      },
    ),
    { numRuns: 60 },
  );
});

test('a tenant that returns from idle gets half beside one other, and nothing for the time that it was away', async () => {
  const { got, ask, endOne } = contention(4);
  ask('late', 100, 100);
  await settled();
  endOne(0);
  for (let call = 0; call < 12; call += 1) ask('steady', 100, 100);
  await settled();
  for (let step = 0; step < 300; step += 1) {
    endOne(step);
    ask('steady', 100, 100);
    await settled();
  }
  got.clear();
  for (let call = 0; call < 12; call += 1) ask('late', 100, 100);
  for (let step = 0; step < 200; step += 1) {
    const tenant = endOne(step);
    if (tenant !== undefined) ask(tenant, 100, 100);
    await settled();
  }
  const [late = 0, steady = 0] = [got.get('late'), got.get('steady')];
  expect(late / (late + steady)).toBeGreaterThan(0.45);
  expect(late / (late + steady)).toBeLessThan(0.55);
});

test('a large program beside an endless stream of small ones waits no longer than the starvation bound', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 10, max: 1000 }),
      async (starvationFactor, callMs) => {
        const { scheduler, clock } = createScheduler(1, { policy: 'fair', starvationFactor });
        const large = await scheduler.acquire('core', claim({ program: 'large' }));
        clock.advance(callMs);
        large.release({ inputTokens: 1e6, outputTokens: 0 });
        let running: Slot | undefined = await scheduler.acquire('core', claim({ program: 'small' }));
        let waitedMs: number | undefined;
        const since = clock.now();
        void Promise.resolve(scheduler.acquire('core', claim({ program: 'large' }))).then(() => {
          waitedMs = clock.now() - since;
        });
        for (let small = 0; small < 200 && waitedMs === undefined; small += 1) {
          const next = Promise.resolve(scheduler.acquire('core', claim({ program: `small ${small}` })));
          void next.then((slot) => {
            running = slot;
          });
          clock.advance(callMs);
          running?.release({ inputTokens: 1, outputTokens: 0 });
          await settled();
        }
        // It ran for one call and is to run another; then the call that runs must end.
        expect(waitedMs).toBeLessThanOrEqual(starvationFactor * 2 * callMs + 2 * callMs);
      },
    ),
    { numRuns: 60 },
  );
});
