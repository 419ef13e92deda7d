import { expect, test } from 'vitest';
import { claim, createScheduler } from './scheduler.fixture.ts';
import type { Slot } from './slot.ts';

type Setup = ReturnType<typeof createScheduler>;

/** Has calls of two seconds served one after the other, with others waiting, so that the pace is known. */
async function warmUp({ scheduler, clock }: Setup): Promise<Slot> {
  let running: Slot = await scheduler.acquire('core', claim());
  for (let call = 0; call < 10; call += 1) {
    const next = Promise.resolve(scheduler.acquire('core', claim()));
    clock.advance(2000);
    running.release();
    running = await next;
  }
  return running;
}

test('the hint of a full queue is the time in which half of it is served', async () => {
  const setup = createScheduler(1, { maxQueued: 10 });
  await warmUp(setup);
  for (let call = 0; call < 10; call += 1) void setup.scheduler.acquire('core', claim());
  expect(() => setup.scheduler.acquire('core', claim())).toThrow(
    expect.objectContaining({
      code: 'rate_limited',
      details: { queue: 'core', queued: 10, retryAfterMs: 10_000 },
    }),
  );
});

test('a call that would certainly miss its deadline is refused at once', async () => {
  const setup = createScheduler(1);
  await warmUp(setup);
  for (let call = 0; call < 5; call += 1) void setup.scheduler.acquire('core', claim());
  const within = (ms: number) =>
    setup.scheduler.acquire('core', claim({ deadlineAt: setup.clock.now() + ms }));
  expect(() => within(9000)).toThrow(expect.objectContaining({ code: 'rate_limited' }));
  expect(within(11_000)).toBeInstanceOf(Promise);
});

test('a call that would wait longer than it may is refused at once', async () => {
  const setup = createScheduler(1, { maxWaitMs: 6000 });
  await warmUp(setup);
  const waiting = [1, 2, 3, 4].map(() => Promise.resolve(setup.scheduler.acquire('core', claim())));
  for (const call of waiting) call.catch(() => undefined);
  expect(() => setup.scheduler.acquire('core', claim())).toThrow(/longer than the 6000 ms/);
});

test('a call that has waited too long leaves the queue', async () => {
  const { scheduler, clock } = createScheduler(1, { policy: 'fair', maxWaitMs: 5000 });
  const first = await scheduler.acquire('core', claim());
  const early = Promise.resolve(scheduler.acquire('core', claim()));
  const outcome = expect(early).rejects.toMatchObject({
    code: 'rate_limited',
    message: expect.stringContaining('5000 ms'),
  });
  clock.advance(3000);
  const later = Promise.resolve(scheduler.acquire('core', claim()));
  clock.advance(2000);
  await outcome;
  expect(scheduler.load('core')).toMatchObject({ running: 1, queued: 1 });
  first.release();
  (await later).release();
  expect(clock.timers).toBe(0);
});

test('the first calls of a burst say how long a call takes, not how long thousands wait: none is refused for it', async () => {
  const { scheduler, clock } = createScheduler(64, { maxQueued: 10_000, maxWaitMs: 900_000 });
  const running: Slot[] = [];
  const ask = () => Promise.resolve(scheduler.acquire('core', claim())).then((slot) => running.push(slot));
  const calls = Array.from({ length: 2000 }, ask);
  await undefined;
  await undefined;
  // The first slots are given on after 20 s, one by one, while more calls come.
  clock.advance(20_000);
  for (let given = 0; given < 10; given += 1) running.shift()?.release();
  for (let more = 0; more < 1500; more += 1) calls.push(ask());
  while (calls.length > running.length && scheduler.load('core').running > 0) {
    for (const slot of running.splice(0)) {
      clock.advance(5);
      slot.release();
    }
    for (let turn = 0; turn < 3; turn += 1) await undefined;
  }
  await Promise.all(calls);
});

test('a call is refused by what is measured: so many calls a second, and not by what was long ago', async () => {
  const setup = createScheduler(1, { maxWaitMs: 6000 });
  let running = await warmUp(setup);
  running.release();
  // Ten minutes later the same core serves a call in 10 ms.
  setup.clock.advance(600_000);
  running = await setup.scheduler.acquire('core', claim());
  const waiting = Array.from({ length: 100 }, () =>
    Promise.resolve(setup.scheduler.acquire('core', claim())),
  );
  for (const call of waiting) {
    setup.clock.advance(10);
    running.release();
    running = await call;
    void Promise.resolve(setup.scheduler.acquire('core', claim())).catch(() => undefined);
  }
  expect(setup.scheduler.explain('core', 0)[0]?.msPerDispatch).toBeCloseTo(10);
  // 100 calls wait for a second, far less than the limit.
  expect(setup.scheduler.acquire('core', claim())).toBeInstanceOf(Promise);
});
