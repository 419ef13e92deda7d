import { bootInstallation, type Installation } from '@aios/testing/installation';
import { expect, test } from 'vitest';

const chat = { messages: [{ role: 'user', content: 'Hello' }] };
const asks = (count: number) => ({
  calls: Array.from({ length: count }, () => ({ name: 'llm.chat', input: chat })),
});

/** Resolves when the process waits for its budget. */
function held({ kernel }: Installation): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const subscription = kernel.events.subscribe((event) => {
    if (event.type !== 'process-changed' || event.to !== 'waiting') return;
    subscription[Symbol.dispose]();
    resolve();
  });
  return promise;
}

test('a process that was held at its limit goes on when its owner raises the budget, and no further', async () => {
  await using installation = await bootInstallation();
  const { session } = installation;
  const waits = held(installation);
  const budget = { calls: 2, atLimit: 'pause' as const };
  const { pid } = await session.call('process.spawn', { agent: 'caller', input: asks(4), budget });
  await waits;
  const waitsAgain = held(installation);
  expect(await session.call('process.budget', { pid, budget: { calls: 3 } })).toEqual({
    pid,
    budget: { calls: 3, atLimit: 'pause' },
  });
  await waitsAgain;
  const shown = await session.call('process.get', { pid });
  expect(shown).toMatchObject({ state: 'waiting', budget: { calls: 3 }, used: { calls: 3 } });
  await session.call('process.budget', { pid, budget: { calls: 100 } });
  const { state, used } = await session.call('process.wait', { pid });
  expect({ state, used }).toMatchObject({ state: 'succeeded', used: { calls: 4 } });
});

test('a lower budget holds from the next call on', async () => {
  await using installation = await bootInstallation();
  const { session } = installation;
  const { pid } = await session.call('process.spawn', { agent: 'sleeper', budget: { tokens: 1000 } });
  await session.call('process.budget', { pid, budget: { tokens: 10 } });
  const { quotas } = await session.call('quota.list', {});
  expect(quotas).toContainEqual(
    expect.objectContaining({ name: String(pid), dimension: 'tokens', limit: 10 }),
  );
});

test('no process changes its own budget; it may change that of one that it started', async () => {
  await using installation = await bootInstallation();
  const { session } = installation;
  const { pid: child } = await session.call('process.spawn', { agent: 'sleeper' });
  const own = { name: 'process.budget', input: { pid: child + 1, budget: { tokens: 1_000_000 } } };
  const other = { name: 'process.budget', input: { pid: child, budget: { tokens: 1_000_000 } } };
  const started = { name: 'process.spawn', input: { agent: 'sleeper' } };
  const lowers = { name: 'process.budget', input: { pid: child + 2, budget: { tokens: 5 } } };
  const { pid } = await session.call('process.spawn', {
    agent: 'caller',
    input: { calls: [own, other, started, lowers] },
  });
  expect(pid).toBe(child + 1);
  const { output } = await session.call('process.wait', { pid });
  expect(output).toMatchObject([
    { code: 'permission_denied' },
    { code: 'not_found' },
    { output: { pid: child + 2 } },
    { output: { pid: child + 2, budget: { tokens: 5 } } },
  ]);
  await expect(session.call('process.budget', { pid, budget: { tokens: 5 } })).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('the budget of a durable process outlives the kernel', async () => {
  await using installation = await bootInstallation();
  const { pid } = await installation.session.call('process.spawn', {
    agent: 'sleeper',
    durable: true,
    budget: { calls: 10 },
  });
  await installation.session.call('process.budget', { pid, budget: { calls: 20 } });
  await installation.reboot();
  expect(await installation.session.call('process.get', { pid })).toMatchObject({ budget: { calls: 20 } });
});
