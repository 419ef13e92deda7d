// Slots of resources, through a whole kernel.

import { setImmediate } from 'node:timers/promises';
import { a100, startEngineServer } from '@aios/testing/inference-engine';
import { bootInstallation } from '@aios/testing/installation';
import { expect, test } from 'vitest';
import type { Session } from './index.ts';

const numbers = Array.from({ length: 30 }, (_, number) => number);
const calls = {
  storage: (session: Session, number: number) =>
    session.call('storage.write', { path: `/${number}`, content: 'x'.repeat(10_000) }),
  memory: (session: Session, number: number) =>
    session.call('memory.add', { content: `The number ${number} was seen.` }),
};

test.each(Object.keys(calls) as (keyof typeof calls)[])(
  'at most two calls of %s run at a time where it has two slots, and all have their turn',
  async (kind) => {
    const scheduler = { [`${kind}_slots`]: 2 };
    await using installation = await bootInstallation({
      config: JSON.stringify({ llms: { models: [{ name: 'offline', backend: 'offline' }] }, scheduler }),
    });
    const { session } = installation;
    const look = async () => (await session.call('kernel.schedule', { queue: kind })).queues[0];
    let done = false;
    const all = Promise.all(numbers.map((number) => calls[kind](session, number))).finally(() => {
      done = true;
    });
    const seen = [await look()];
    while (!done) {
      await setImmediate();
      seen.push(await look());
    }
    expect(await all).toHaveLength(numbers.length);
    expect(seen[0]).toMatchObject({ capacity: 2, running: 2, queued: numbers.length - 2 });
    expect(Math.max(...seen.map((queue) => queue?.running ?? 0))).toBe(2);
    expect(await look()).toMatchObject({ running: 0, queued: 0 });
  },
);

const ask = (text: string) => ({ messages: [{ role: 'user' as const, content: text }] });

/** A kernel with a model of one slot, which is held until it is released. */
async function bootBusy(agentFactory: object = {}) {
  await using stack = new AsyncDisposableStack();
  const engine = stack.use(await startEngineServer({ ...a100, maxSequences: 1, timeScale: 1 }));
  const model = {
    name: 'engine',
    backend: 'vllm',
    model: a100.model,
    hostname: `${engine.origin}/v1`,
    concurrency: 1,
  };
  const installation = stack.use(
    await bootInstallation({
      config: JSON.stringify({ llms: { models: [model] }, agent_factory: agentFactory }),
    }),
  );
  const { session } = installation;
  const queue = async () => (await session.call('kernel.schedule', { queue: 'core:engine' })).queues[0];
  const holding = new AbortController();
  const holder = session.call('llm.chat', ask('Hold the slot ~2000'), { signal: holding.signal });
  const held = expect(holder).rejects.toMatchObject({ code: 'cancelled' });
  await expect.poll(queue).toMatchObject({ running: 1 });
  const owned = stack.move();
  return {
    session,
    queue,
    async release() {
      holding.abort();
      await held;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test('the call of a suspended process leaves the queue, and comes back when the process is resumed', async () => {
  await using busy = await bootBusy();
  const { session, queue } = busy;
  const calls = [{ name: 'llm.chat', input: ask('And now? ~3') }];
  const { pid } = await session.call('process.spawn', { agent: 'caller', input: { calls } });
  await expect.poll(queue).toMatchObject({ running: 1, queued: 1 });
  await session.call('process.signal', { pid, signal: 'suspend' });
  expect(await queue()).toMatchObject({ running: 1, queued: 0 });
  await session.call('process.signal', { pid, signal: 'resume' });
  await expect.poll(queue).toMatchObject({ running: 1, queued: 1 });
  await busy.release();
  expect(await session.call('process.wait', { pid })).toMatchObject({
    state: 'succeeded',
    output: [{ output: { finishReason: 'stop' } }],
  });
});

test.each([false, true])(
  'a process waits until a call would get a slot (durable, its code dropped meanwhile: %s)',
  async (durable) => {
    await using busy = await bootBusy({ drop_waiting_after_ms: 1 });
    const { session } = busy;
    const conditions = [{ kind: 'slot' as const, queue: 'core:engine' }];
    const calls = [
      { name: 'wait.any', input: { conditions } },
      { name: 'llm.chat', input: ask('And now? ~3') },
    ];
    const { pid } = await session.call('process.spawn', { agent: 'caller', durable, input: { calls } });
    await expect.poll(() => session.call('process.get', { pid })).toMatchObject({ state: 'waiting' });
    await expect(session.call('wait.any', { conditions, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    await busy.release();
    const first = { kind: 'slot', value: { queue: 'core:engine', capacity: 1, running: 0 } };
    expect(await session.call('process.wait', { pid })).toMatchObject({
      state: 'succeeded',
      output: [{ output: first }, { output: { finishReason: 'stop' } }],
    });
    expect(await session.call('wait.any', { conditions })).toMatchObject(first);
  },
);

test('a wait for a slot of a queue that is not there is refused', async () => {
  await using installation = await bootInstallation();
  const conditions = [{ kind: 'slot' as const, queue: 'core:nothing' }];
  await expect(installation.session.call('wait.any', { conditions })).rejects.toMatchObject({
    code: 'not_found',
  });
});
