import { expect, test } from 'vitest';
import { claim, createScheduler, type ManualClock } from '../scheduler.fixture.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Slot } from '../slot.ts';

interface Setup {
  readonly scheduler: Scheduler;
  readonly clock: ManualClock;
}

/** Has a program make a call that takes a second and so many tokens. */
async function work({ scheduler, clock }: Setup, program: string, tokens: number): Promise<void> {
  const slot = await scheduler.acquire('core', claim({ program, agent: undefined }));
  clock.advance(1000);
  slot.release({ inputTokens: tokens, outputTokens: 0 });
}

/** The order in which these programs are served while none has ended, and why the first is. */
async function orderOf({ scheduler, clock }: Setup, programs: readonly string[]) {
  const running = await scheduler.acquire('core', claim({ program: 'holder', agent: undefined }));
  const ending = new AbortController();
  for (const program of programs) {
    const wanted = claim({ program, agent: undefined });
    Promise.resolve(scheduler.acquire('core', wanted, ending.signal)).catch(() => undefined);
    clock.advance(1);
  }
  const waiters = scheduler.explain('core', 100)[0]?.waiters ?? [];
  ending.abort(new Error('seen'));
  running.release();
  return { order: waiters.map(({ claim: { program } }) => program), reason: waiters[0]?.reason };
}

test('among programs of similar size least attained service is off, and says so', async () => {
  const setup = createScheduler(1, { policy: 'fair' });
  for (const [program, tokens] of [
    ['a', 500],
    ['b', 400],
    ['c', 600],
    ['d', 450],
    ['e', 550],
  ] as const) {
    await work(setup, program, tokens);
  }
  expect(await orderOf(setup, ['c', 'a', 'b'])).toEqual({
    order: ['c', 'a', 'b'],
    reason: 'programs are of similar size (variation 0.1): in the order in which they came',
  });
});

test('where sizes differ much, the program that got least of late comes first', async () => {
  const setup = createScheduler(1, { policy: 'fair' });
  for (const [program, tokens] of [
    ['a', 100],
    ['b', 200],
    ['c', 50_000],
    ['d', 100],
    ['e', 100],
    ['f', 150],
  ] as const) {
    await work(setup, program, tokens);
  }
  const { order, reason } = await orderOf(setup, ['c', 'b', 'a']);
  expect(order).toEqual(['a', 'b', 'c']);
  expect(reason).toMatch(/^its program got .* of late$/);
});

test('what a program got long ago is forgotten by and by: a long life is no punishment', async () => {
  const setup = createScheduler(1, { policy: 'fair' });
  for (const [program, tokens] of [
    ['old', 50_000],
    ['b', 100],
    ['c', 100],
    ['d', 100],
    ['e', 100],
    ['f', 100],
  ] as const) {
    await work(setup, program, tokens);
  }
  expect((await orderOf(setup, ['old', 'b'])).order).toEqual(['b', 'old']);
  // Ten half-lives: what is left of it is less than what the other gets now.
  setup.clock.advance(6_000_000);
  await work(setup, 'b', 100);
  expect((await orderOf(setup, ['old', 'b'])).order).toEqual(['old', 'b']);
});

/** A caller outside whose conversation goes on so long after each answer. */
async function talk({ scheduler, clock }: Setup, caller: string, pauseMs: number, turns: number) {
  const classes: string[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const wanted = claim({ program: `${caller} 1`, class: 'interactive', learnsClassOf: caller });
    const slot: Slot = await scheduler.acquire('core', wanted);
    classes.push(scheduler.explain('core', 1)[0]?.holders[0]?.claim.class ?? '');
    clock.advance(500);
    slot.release({ inputTokens: 10, outputTokens: 10 });
    clock.advance(pauseMs);
  }
  return classes;
}

test('a caller outside is interactive until it is seen to come back sooner than a person could', async () => {
  const setup = createScheduler(1, { policy: 'fair' });
  const program = await talk(setup, 'key loop', 200, 12);
  expect(program.slice(0, 8)).toEqual(Array(8).fill('interactive'));
  expect(program.at(-1)).toBe('pipeline');
  const person = await talk(setup, 'key person', 8000, 12);
  expect(new Set(person)).toEqual(new Set(['interactive']));
});

test('a class that was declared stays', async () => {
  const { scheduler, clock } = createScheduler(1, { policy: 'fair' });
  for (let turn = 0; turn < 12; turn += 1) {
    const slot = await scheduler.acquire('core', claim({ program: 'p', class: 'interactive' }));
    expect(scheduler.explain('core', 1)[0]?.holders[0]?.claim.class).toBe('interactive');
    clock.advance(100);
    slot.release();
  }
});
