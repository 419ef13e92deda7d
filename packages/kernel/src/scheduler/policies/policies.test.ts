import { schedulingPolicy } from '@aios/protocol';
import { expect, test } from 'vitest';
import type { Claim } from '../claim.ts';
import { claim, core, createScheduler } from '../scheduler.fixture.ts';
import type { Slot } from '../slot.ts';

type Setup = ReturnType<typeof createScheduler>;

const settled = async () => {
  for (let turn = 0; turn < 4; turn += 1) await undefined;
};

/** Takes the only slot, lets the claims wait in this order, and tells in which order they got it. */
async function serve(setup: Setup, claims: readonly Claim[]): Promise<string[]> {
  const { scheduler, clock } = setup;
  const blocker = await scheduler.acquire(
    'core',
    claim({ call: 'blocker', program: 'blocker', tenant: 'other' }),
  );
  const order: string[] = [];
  let running: Slot | undefined;
  for (const wanted of claims) {
    clock.advance(1);
    void Promise.resolve(scheduler.acquire('core', wanted)).then((slot) => {
      order.push(wanted.call);
      running = slot;
    });
  }
  const foreseen = scheduler.explain('core', 1000)[0]?.waiters.map((waiter) => waiter.claim.call);
  blocker.release();
  for (const _ of claims) {
    await settled();
    running?.release();
  }
  expect(foreseen).toHaveLength(claims.length);
  return order;
}

test('fifo and round_robin: in the order in which they came', async () => {
  const claims = ['a', 'b', 'c'].map((call) => claim({ call, priority: call === 'c' ? 9 : 0 }));
  for (const policy of ['fifo', 'round_robin'] as const) {
    expect(await serve(createScheduler(1, { policy }), claims)).toEqual(['a', 'b', 'c']);
  }
});

test('priority: the greatest first, who came first among equals', async () => {
  const claims = [0, 5, -1, 5, 1].map((priority, index) => claim({ call: `${index}`, priority }));
  expect(await serve(createScheduler(1, { policy: 'priority' }), claims)).toEqual(['1', '3', '4', '0', '2']);
});

test('priority: a call that waited long enough goes before a greater one', async () => {
  const { scheduler, clock } = createScheduler(1, { policy: 'priority', priorityAgeingMs: 1000 });
  await scheduler.acquire('core', claim());
  void scheduler.acquire('core', claim({ call: 'old' }));
  clock.advance(5001);
  void scheduler.acquire('core', claim({ call: 'new', priority: 5 }));
  void scheduler.acquire('core', claim({ call: 'urgent', priority: 6 }));
  expect(scheduler.explain('core', 9)[0]?.waiters.map(({ claim: { call } }) => call)).toEqual([
    'urgent',
    'old',
    'new',
  ]);
});

test('deadline: the earliest first; without one a call comes after, unless it has waited too long', async () => {
  const { scheduler, clock } = createScheduler(1, { policy: 'deadline', maxWaitMs: 10_000 });
  const ask = (call: string, inMs?: number) =>
    void scheduler.acquire(
      'core',
      claim({ call, deadlineAt: inMs === undefined ? undefined : clock.now() + inMs }),
    );
  await scheduler.acquire('core', claim());
  ask('none');
  ask('late', 9000);
  ask('soon', 500);
  clock.advance(400);
  ask('later', 9700);
  expect(scheduler.explain('core', 9)[0]?.waiters.map(({ claim: { call } }) => call)).toEqual([
    'soon',
    'late',
    'none',
    'later',
  ]);
});

test('fair: classes get their shares, interactive calls first', async () => {
  const claims = Array.from({ length: 12 }, (_, index) =>
    claim({
      call: index % 2 === 0 ? 'batch' : 'interactive',
      class: index % 2 === 0 ? 'batch' : 'interactive',
      program: `${index}`,
    }),
  );
  const order = await serve(createScheduler(1, { policy: 'fair' }), claims);
  expect(order.slice(0, 7).filter((call) => call === 'interactive').length).toBeGreaterThanOrEqual(6);
  expect(order).toHaveLength(12);
});

test('fair: tenants take turns by what they got for their weight', async () => {
  const claims = ['a', 'a', 'a', 'a', 'b', 'b'].map((tenant) =>
    claim({ call: tenant, tenant, program: tenant }),
  );
  const even = await serve(createScheduler(1, { policy: 'fair' }), claims);
  expect(even.slice(0, 4).toSorted()).toEqual(['a', 'a', 'b', 'b']);
  const weighted = await serve(createScheduler(1, { policy: 'fair', tenantWeights: { a: 3 } }), claims);
  expect(weighted.slice(0, 4).toSorted()).toEqual(['a', 'a', 'a', 'b']);
});

test('fair: before anything is learned, the program that got least', async () => {
  const setup = createScheduler(1, { policy: 'fair' });
  const slot = await setup.scheduler.acquire('core', claim({ program: 'large' }));
  setup.clock.advance(1000);
  slot.release({ inputTokens: 1000, outputTokens: 1000 });
  const claims = ['large', 'large', 'new'].map((program) => claim({ call: program, program }));
  expect(await serve(setup, claims)).toEqual(['new', 'large', 'large']);
});

test('fair: once agents are known, the program of which least is left, not the one that got least', async () => {
  const setup = createScheduler(1, { policy: 'fair' });
  const { scheduler, clock } = setup;
  const run = async (program: string, agent: string, tokens: number, ends = true) => {
    const slot = await scheduler.acquire('core', claim({ program, agent }));
    clock.advance(tokens);
    slot.release({ inputTokens: tokens, outputTokens: 0 });
    if (ends) scheduler.endProgram(program);
  };
  for (let run_ = 0; run_ < 5; run_ += 1) {
    await run(`short ${run_}`, 'short', 1000);
    await run(`long ${run_}`, 'long', 100_000);
  }
  await run('almost done', 'long', 99_900, false);
  const claims = [
    claim({ call: 'long', program: 'long', agent: 'long' }),
    claim({ call: 'short', program: 'short', agent: 'short' }),
    claim({ call: 'almost done', program: 'almost done', agent: 'long' }),
  ];
  expect(await serve(setup, claims)).toEqual(['almost done', 'short', 'long']);
});

test('fair: a large program that has waited too long goes before newcomers', async () => {
  const { scheduler, clock } = createScheduler(1, { policy: 'fair', starvationFactor: 2 });
  const first = await scheduler.acquire('core', claim({ program: 'large' }));
  clock.advance(10_000);
  first.release({ inputTokens: 100_000, outputTokens: 0 });
  await scheduler.acquire('core', claim({ program: 'blocker' }));
  void scheduler.acquire('core', claim({ call: 'large', program: 'large' }));
  const first_ = () => scheduler.explain('core', 1)[0]?.waiters[0];
  clock.advance(39_000);
  void scheduler.acquire('core', claim({ call: 'new', program: 'new' }));
  expect(first_()?.claim.call).toBe('new');
  clock.advance(1000 + 2000);
  expect(first_()).toMatchObject({
    claim: { call: 'large' },
    reason: expect.stringContaining('waited too long'),
  });
});

test.each(schedulingPolicy.options)('a change from %s to any other policy loses no call', async (from) => {
  for (const to of schedulingPolicy.options) {
    const { scheduler } = createScheduler(1, { policy: from });
    const first = await scheduler.acquire('core', claim());
    const served: number[] = [];
    for (let call = 0; call < 10; call += 1) {
      void Promise.resolve(scheduler.acquire('core', claim({ program: `${call}` }))).then((slot) => {
        served.push(call);
        slot.release();
      });
    }
    scheduler.configure([core(1, to)]);
    expect(scheduler.explain('core', 20)[0]).toMatchObject({ policy: to, queued: 10, running: 1 });
    first.release();
    for (let turn = 0; turn < 12; turn += 1) await settled();
    expect(served.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    if (to === 'fifo' || to === 'round_robin') expect(served).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }
});

test('fair: one of whom nothing is known is charged what calls usually write, not all that they may', async () => {
  const { scheduler } = createScheduler(4, { policy: 'fair' });
  const cost = { inputTokens: 10, outputTokens: 4000 };
  (await scheduler.acquire('core', claim({ agent: 'known', tenant: 'a', cost }))).release({
    inputTokens: 10,
    outputTokens: 20,
  });
  await scheduler.acquire('core', claim({ tenant: 'b', cost }));
  const counter = (name: string) =>
    scheduler.explain('core', 1)[0]?.counters.find(({ tenant }) => tenant === name)?.counter ?? 0;
  expect(counter('b') - counter('a')).toBe(50);
});
