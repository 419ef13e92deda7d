import { tenantId } from '@aios/protocol';
import { expect, test } from 'vitest';
import { createSchedule } from './schedule.ts';
import { Scheduler } from './scheduler/index.ts';

const settings = {
  maxQueued: 100,
  maxWaitMs: 100_000,
  classWeights: { interactive: 16, pipeline: 4, batch: 1 },
  tenantWeights: {},
  starvationFactor: 32,
  priorityAgeingMs: 10_000,
  sliceOutputTokens: undefined,
  sliceMs: undefined,
};

const claim = (tenant: string, call: string) =>
  ({
    call,
    tenant,
    user: `user of ${tenant}`,
    program: `program of ${tenant}`,
    agent: `agent of ${tenant}`,
    class: 'pipeline',
    priority: 0,
    cost: { inputTokens: 10, outputTokens: 10 },
  }) as const;

function busy() {
  const scheduler = new Scheduler({ settings: () => settings });
  scheduler.configure([
    { queue: 'core:x', resource: 'core', slots: 1, policy: 'fair' },
    { queue: 'tool', resource: 'tool', slots: 4, policy: 'fifo' },
  ]);
  const ending = new AbortController();
  void scheduler.acquire('core:x', claim('mine', '1'));
  for (let call = 2; call < 10; call += 1) {
    const tenant = call % 2 === 0 ? 'theirs' : 'mine';
    Promise.resolve(scheduler.acquire('core:x', claim(tenant, `${call}`), ending.signal)).catch(
      () => undefined,
    );
  }
  return { schedule: createSchedule(scheduler), [Symbol.dispose]: () => ending.abort() };
}

test('tells who holds a slot, who waits and why, and what the tenants got', () => {
  using kernel = busy();
  const { queues } = kernel.schedule(tenantId.parse('mine'), { limit: 20 });
  expect(queues.map(({ name }) => name)).toEqual(['core:x', 'tool']);
  const [core] = queues;
  expect(core).toMatchObject({ policy: 'fair', capacity: 1, running: 1, queued: 8 });
  expect(core?.holders).toMatchObject([{ call: '1', agent: 'agent of mine', mustYield: false }]);
  expect(core?.waiters.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(core?.waiters.find(({ call }) => call === '3')?.reason).toContain('its program');
  expect(core?.counters).toContainEqual({
    class: 'pipeline',
    tenant: 'mine',
    weight: 1,
    counter: expect.any(Number),
    queued: 4,
  });
});

test('does not say whose the calls of other tenants are', () => {
  using kernel = busy();
  const answer = kernel.schedule(tenantId.parse('mine'), { limit: 20 });
  expect(answer.queues[0]?.waiters).toHaveLength(8);
  expect(JSON.stringify(answer)).not.toContain('theirs');
});

test('is bounded, and knows which queues there are', () => {
  using kernel = busy();
  const mine = tenantId.parse('mine');
  expect(kernel.schedule(mine, { limit: 2, queue: 'core:x' }).queues).toMatchObject([
    { queued: 8, waiters: [{}, {}] },
  ]);
  expect(() => kernel.schedule(mine, { limit: 2, queue: 'core:y' })).toThrow(
    expect.objectContaining({ code: 'not_found' }),
  );
});
