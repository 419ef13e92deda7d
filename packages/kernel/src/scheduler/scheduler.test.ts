import { AiosError } from '@aios/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Scheduler } from './scheduler.ts';
import type { Slot } from './slot-queue.ts';

function createScheduler(slots: number, maxQueued = 1000): Scheduler {
  const scheduler = new Scheduler({ maxQueued: () => maxQueued });
  scheduler.configure([{ queue: 'core', slots }]);
  return scheduler;
}

test('a free slot is given at once, without a promise', () => {
  const slot = createScheduler(1).acquire('core');
  expect(slot).not.toBeInstanceOf(Promise);
});

test('waiting calls are served in the order in which they came', async () => {
  const scheduler = createScheduler(1);
  const first = await scheduler.acquire('core');
  const order: number[] = [];
  const waiting = [1, 2, 3].map(async (number) => {
    const slot = await scheduler.acquire('core');
    order.push(number);
    slot.release();
  });
  first.release();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2, 3]);
});

test('a slot that becomes free is taken in the same turn', () => {
  const scheduler = createScheduler(1);
  const first = scheduler.acquire('core') as Slot;
  void scheduler.acquire('core');
  first.release();
  expect(scheduler.load('core')).toMatchObject({ running: 1, queued: 0 });
});

test('a cancelled waiter leaves the queue and rejects with the reason', async () => {
  const scheduler = createScheduler(1);
  const first = await scheduler.acquire('core');
  const controller = new AbortController();
  const waiting = Promise.resolve(scheduler.acquire('core', controller.signal));
  controller.abort(new AiosError('cancelled', 'no more'));
  await expect(waiting).rejects.toThrow('no more');
  first.release();
  expect(scheduler.load('core')).toMatchObject({ running: 0, queued: 0 });
});

test('a full queue refuses with a hint when to come back', async () => {
  const scheduler = createScheduler(1, 1);
  await scheduler.acquire('core');
  void scheduler.acquire('core');
  expect(() => scheduler.acquire('core')).toThrow(
    expect.objectContaining({
      code: 'rate_limited',
      details: expect.objectContaining({ retryAfterMs: 1000 }),
    }),
  );
});

test('a larger capacity starts waiting calls at once; a smaller one lets running calls finish', async () => {
  const scheduler = createScheduler(1);
  const first = await scheduler.acquire('core');
  const second = Promise.resolve(scheduler.acquire('core'));
  scheduler.configure([{ queue: 'core', slots: 2 }]);
  const slot = await second;
  scheduler.configure([{ queue: 'core', slots: 1 }]);
  const third = Promise.resolve(scheduler.acquire('core'));
  slot.release();
  expect(scheduler.load('core')).toMatchObject({ running: 1, queued: 1 });
  first.release();
  (await third).release();
});

test('a queue that was taken away still serves who waits in it, and then is gone', async () => {
  const scheduler = createScheduler(1);
  const first = await scheduler.acquire('core');
  const second = Promise.resolve(scheduler.acquire('core'));
  scheduler.configure([]);
  first.release();
  (await second).release();
  expect(scheduler.loads()).toEqual([]);
});

test('a call that comes late to a queue that was taken away is served within the capacity that it had', async () => {
  const scheduler = createScheduler(1);
  scheduler.configure([]);
  const first = await scheduler.acquire('core');
  const second = Promise.resolve(scheduler.acquire('core'));
  expect(scheduler.load('core')).toMatchObject({ running: 1, queued: 1, capacity: 1 });
  scheduler.configure([]);
  first.release();
  (await second).release();
  expect(scheduler.loads()).toEqual([]);
  (await scheduler.acquire('core')).release();
});

test('a queue that comes back has the new capacity and the calls of the old', async () => {
  const scheduler = createScheduler(1);
  scheduler.configure([]);
  const late = await scheduler.acquire('core');
  scheduler.configure([{ queue: 'core', slots: 2 }]);
  expect(scheduler.load('core')).toMatchObject({ running: 1, capacity: 2 });
  late.release();
  expect(scheduler.load('core')).toMatchObject({ running: 0, capacity: 2 });
});

test('a queue that never was is a defect', () => {
  expect(() => createScheduler(1).acquire('other')).toThrow(expect.objectContaining({ code: 'internal' }));
});

test('over random arrivals, ends and cancellations: never above capacity, nobody lost, no free slot while one waits', async () => {
  const step = fc.constantFrom('arrive', 'arrive', 'end', 'cancel', 'release-twice');
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { maxLength: 80 }),
      async (capacity, steps) => {
        const scheduler = createScheduler(capacity);
        const held: Slot[] = [];
        const controllers: AbortController[] = [];
        let arrived = 0;
        let served = 0;
        let cancelled = 0;
        const arrive = () => {
          arrived += 1;
          const controller = new AbortController();
          controllers.push(controller);
          Promise.resolve(scheduler.acquire('core', controller.signal)).then(
            (slot) => {
              served += 1;
              held.push(slot);
            },
            () => {
              cancelled += 1;
            },
          );
        };
        for (const name of steps) {
          if (name === 'arrive') arrive();
          else if (name === 'cancel') controllers.shift()?.abort(new Error('cancelled'));
          else {
            const slot = held.shift();
            slot?.release();
            if (name === 'release-twice') slot?.release();
          }
          const { running, queued } = scheduler.load('core');
          expect(running).toBeLessThanOrEqual(capacity);
          expect(queued === 0 || running === capacity).toBe(true);
          await Promise.resolve();
          await Promise.resolve();
        }
        while (scheduler.load('core').running > 0) {
          for (const slot of held.splice(0)) slot.release();
          await Promise.resolve();
        }
        await Promise.resolve();
        expect(served + cancelled).toBe(arrived);
        expect(scheduler.load('core')).toMatchObject({ running: 0, queued: 0 });
      },
    ),
  );
});
