import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import type { Figures } from '../../benchmark.ts';
import type { Bench } from '../bench.ts';

/** Kilobytes of memory for an agent that runs and waits for something to happen. */
export async function measureIdleMemory(bench: Bench, quick: boolean): Promise<Figures> {
  const agents = quick ? 1000 : 5000;
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  await using installation = await bootInstallation();
  await sleepers(installation, 100);
  const memory = async () => {
    // Twice: what the first run frees may hold others by finalisers.
    collect();
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    return process.memoryUsage();
  };
  const before = await memory();
  await sleepers(installation, agents);
  const after = await memory();
  const perAgent = (bytes: number) => bytes / agents / 1000;
  bench.progress(`idle memory: ${agents} agents`);
  return {
    idleAgentHeapKilobytes: perAgent(after.heapUsed + after.external - before.heapUsed - before.external),
    idleAgentResidentKilobytes: perAgent(after.rss - before.rss),
  };
}

/** Starts agents that wait for good, in the kernel’s own thread, and waits until all of them do. */
async function sleepers({ session }: Installation, count: number): Promise<void> {
  const asleep = Promise.withResolvers<void>();
  let missing = count;
  using _subscription = session.subscribe({ types: ['process-logged'] }, () => {
    missing -= 1;
    if (missing === 0) asleep.resolve();
  });
  await Promise.all(
    Array.from({ length: count }, () =>
      session.call('process.spawn', { agent: 'sleeper', runtime: 'inline' }),
    ),
  );
  await asleep.promise;
}
