import { AiosError } from '@aios/protocol';
import { expect, test } from 'vitest';
import { claim, core, createScheduler as create } from './scheduler.fixture.ts';
import type { Scheduler } from './scheduler.ts';
import type { Slot } from './slot.ts';

const createScheduler = (slots: number, maxQueued = 1000): Scheduler =>
  create(slots, { maxQueued }).scheduler;

test('a free slot is given at once, without a promise', () => {
  const slot = createScheduler(1).acquire('core', claim());
  expect(slot).not.toBeInstanceOf(Promise);
});

test('waiting calls are served in the order in which they came', async () => {
  const scheduler = createScheduler(1);
  const first = await scheduler.acquire('core', claim());
  const order: number[] = [];
  const waiting = [1, 2, 3].map(async (number) => {
    const slot = await scheduler.acquire('core', claim());
    order.push(number);
    slot.release();
  });
  first.release();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2, 3]);
});

test('a slot that becomes free is taken in the same turn', () => {
  const scheduler = createScheduler(1);
  const first = scheduler.acquire('core', claim()) as Slot;
  void scheduler.acquire('core', claim());
  first.release();
  expect(scheduler.load('core')).toMatchObject({ running: 1, queued: 0 });
});

test('a cancelled waiter leaves the queue and rejects with the reason', async () => {
  const scheduler = createScheduler(1);
  const first = await scheduler.acquire('core', claim());
  const controller = new AbortController();
  const waiting = Promise.resolve(scheduler.acquire('core', claim(), controller.signal));
  controller.abort(new AiosError('cancelled', 'no more'));
  await expect(waiting).rejects.toThrow('no more');
  first.release();
  expect(scheduler.load('core')).toMatchObject({ running: 0, queued: 0 });
});

test('a full queue refuses with a hint when to come back', async () => {
  const scheduler = createScheduler(1, 1);
  await scheduler.acquire('core', claim());
  void scheduler.acquire('core', claim());
  expect(() => scheduler.acquire('core', claim())).toThrow(
    expect.objectContaining({
      code: 'rate_limited',
      details: expect.objectContaining({ retryAfterMs: 1000 }),
    }),
  );
});

test('a larger capacity starts waiting calls at once; a smaller one lets running calls finish', async () => {
  const scheduler = createScheduler(1);
  const first = await scheduler.acquire('core', claim());
  const second = Promise.resolve(scheduler.acquire('core', claim()));
  scheduler.configure([core(2)]);
  const slot = await second;
  scheduler.configure([core(1)]);
  const third = Promise.resolve(scheduler.acquire('core', claim()));
  slot.release();
  expect(scheduler.load('core')).toMatchObject({ running: 1, queued: 1 });
  first.release();
  (await third).release();
});

test('a queue that was taken away still serves who waits in it, and then is gone', async () => {
  const scheduler = createScheduler(1);
  const first = await scheduler.acquire('core', claim());
  const second = Promise.resolve(scheduler.acquire('core', claim()));
  scheduler.configure([]);
  first.release();
  (await second).release();
  expect(scheduler.loads()).toEqual([]);
});

test('a call that comes late to a queue that was taken away is served within the capacity that it had', async () => {
  const scheduler = createScheduler(1);
  scheduler.configure([]);
  const first = await scheduler.acquire('core', claim());
  const second = Promise.resolve(scheduler.acquire('core', claim()));
  expect(scheduler.load('core')).toMatchObject({ running: 1, queued: 1, capacity: 1 });
  scheduler.configure([]);
  first.release();
  (await second).release();
  expect(scheduler.loads()).toEqual([]);
  (await scheduler.acquire('core', claim())).release();
});

test('a queue that comes back has the new capacity and the calls of the old', async () => {
  const scheduler = createScheduler(1);
  scheduler.configure([]);
  const late = await scheduler.acquire('core', claim());
  scheduler.configure([core(2)]);
  expect(scheduler.load('core')).toMatchObject({ running: 1, capacity: 2 });
  late.release();
  expect(scheduler.load('core')).toMatchObject({ running: 0, capacity: 2 });
});

test('a queue that never was is a defect', () => {
  expect(() => createScheduler(1).acquire('other', claim())).toThrow(
    expect.objectContaining({ code: 'internal' }),
  );
});

test('what is released twice is charged and counted once', async () => {
  const { scheduler } = create(2, { policy: 'fair' });
  const slot = await scheduler.acquire('core', claim());
  slot.release({ inputTokens: 100, outputTokens: 0 });
  slot.release({ inputTokens: 100, outputTokens: 0 });
  const counters = scheduler.explain('core', 1)[0]?.counters;
  expect(counters?.find(({ tenant }) => tenant === 'local')?.counter).toBe(100);
  expect(scheduler.load('core')).toMatchObject({ running: 0 });
});

test('what was used corrects the estimate; progress counts where nothing else is said, else the estimate', async () => {
  const { scheduler } = create(2, { policy: 'fair' });
  const counter = () =>
    scheduler.explain('core', 1)[0]?.counters.find(({ tenant }) => tenant !== undefined)?.counter;
  const acquire = () => scheduler.acquire('core', claim({ cost: { inputTokens: 10, outputTokens: 20 } }));
  const used = await acquire();
  // Nothing is known yet of what calls write: that is charged when it is written.
  expect(counter()).toBe(10);
  used.release({ inputTokens: 10, outputTokens: 5 });
  expect(counter()).toBe(20);
  const progressed = await acquire();
  progressed.progress({ inputTokens: 10, outputTokens: 1 });
  progressed.release();
  expect(counter()).toBe(20 + 12);
  const estimated = await acquire();
  // Calls usually write (5 + 1) / 2 tokens.
  expect(counter()).toBe(20 + 12 + 10 + 2 * 3);
  estimated.release();
  expect(counter()).toBe(20 + 12 + 50);
});

test('a tenant that comes while the first calls run is not put behind what they were once thought to write', async () => {
  const { scheduler } = create(4, { policy: 'fair' });
  const ask = (tenant: string) =>
    Promise.resolve(
      scheduler.acquire(
        'core',
        claim({ tenant, program: tenant, cost: { inputTokens: 100, outputTokens: 4096 } }),
      ),
    );
  const running = await Promise.all([1, 2, 3, 4].map(() => ask('early')));
  const order: string[] = [];
  for (const tenant of ['early', 'early', 'early', 'late', 'late', 'late']) {
    void ask(tenant).then(() => order.push(tenant));
  }
  for (const slot of running) slot.release({ inputTokens: 100, outputTokens: 50 });
  for (let turn = 0; turn < 5; turn += 1) await undefined;
  expect(order.filter((tenant) => tenant === 'late').length).toBeGreaterThanOrEqual(2);
});

test('input that was read from a cache counts a tenth', async () => {
  const { scheduler } = create(1, { policy: 'fair' });
  const slot = await scheduler.acquire('core', claim());
  slot.release({ inputTokens: 1000, outputTokens: 10, cachedInputTokens: 900 });
  // Of its class, whose weight is 4.
  const [counter] = scheduler.explain('core', 1)[0]?.counters ?? [];
  expect(counter?.counter).toBeCloseTo((100 + 90 + 20) / 4);
});
