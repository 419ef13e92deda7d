import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@aios/sdk';
import type { Kill } from './aftermath.ts';
import type { Cell } from './cells.ts';
import { startKernelChild } from './kernel-child.ts';
import { goneWithin } from './kill-kernel.ts';
import { lookBack, type Scene, spawnMissing } from './scene.ts';
import { outsideKinds, type Plan } from './steps.ts';

const brokenWithinMs = 20_000;
const resumedWithinMs = 20_000;
const lookEveryMs = 10;

/**
 * Breaks the thread that all agents run on, while the outside world has a request of the kind or, where the kind does not
 * reach it, while the agents are under way. They go on elsewhere in the same kernel, which is killed after that.
 */
export async function breakThread(scene: Scene, cell: Cell, plans: readonly Plan[]): Promise<Kill> {
  const { home, world, databaseUrl } = scene;
  world.generation += 1;
  await using kernel = await startKernelChild({ home, bank: world.url, databaseUrl });
  if (kernel === undefined) throw new Error('A kernel was killed that nobody was to kill.');
  const { client } = kernel;
  await lookBack(scene, kernel);
  const broken = Promise.withResolvers<void>();
  const sabotage = async () => await breakOnce(client).then(broken.resolve, broken.reject);
  const kind = outsideKinds.find((outside) => outside === cell.kind);
  world.interceptNext(kind, sabotage);
  await spawnMissing(client, scene.plans);
  if (kind === undefined) void sabotage();
  const isHit = await Promise.race([
    broken.promise.then(() => true),
    delay(brokenWithinMs, false, { ref: false }),
  ]);
  world.interceptNext(undefined, () => undefined);
  const recoveryMs = await timeUntilResumed(client);
  kernel.kill();
  await goneWithin(kernel, brokenWithinMs);
  return { cell, plans, isHit, killedAt: Date.now(), cutOff: [], unknown: [], recoveryMs };
}

async function breakOnce({ process }: Client): Promise<void> {
  const { pid } = await process.spawn({ agent: 'chaos-saboteur', runtime: 'worker' });
  const { state } = await process.wait({ pid });
  if (state !== 'failed') throw new Error(`The thread of the saboteur did not break: it ended ${state}.`);
}

/** Milliseconds until no durable process waits for its turn to run any more. */
async function timeUntilResumed({ process }: Client): Promise<number> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < resumedWithinMs) {
    const { processes } = await process.list({ states: ['created', 'ready'], limit: 10_000 });
    if (!processes.some(({ durable }) => durable)) return performance.now() - startedAt;
    await delay(lookEveryMs);
  }
  return Number.POSITIVE_INFINITY;
}
