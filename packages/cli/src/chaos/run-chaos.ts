// Runs durable agents with random plans while their kernel, or the thread that they run on, is killed at every boundary of
// every kind of call, and compares
// what they did, in AIOS and in the outside world, with a run that nobody disturbed.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Aftermath, Kill } from './aftermath.ts';
import { breakThread } from './break-thread.ts';
import type { Cell } from './cells.ts';
import { finish } from './finish.ts';
import { killKernel } from './kill-kernel.ts';
import { type OutsideWorld, startOutsideWorld } from './outside-world.ts';
import { makePlan, type Plan, seededRandom, shuffled } from './steps.ts';

export interface ChaosOptions {
  readonly cells: readonly Cell[];
  readonly seed: number;
  /** Agents that are started before each kill. */
  readonly agentsPerKill: number;
  /** An empty PostgreSQL database for each of the two runs; SQLite when absent. */
  readonly databaseUrls?: readonly [undisturbed: string, disturbed: string] | undefined;
  readonly progress: (line: string) => void;
}

const shared = 'what everybody may read';

/** Both runs with the same plans; dispose of both worlds. */
export async function runChaos(
  options: ChaosOptions,
): Promise<{ undisturbed: Aftermath; disturbed: Aftermath }> {
  const random = seededRandom(options.seed);
  let number = 0;
  const planned = shuffled(options.cells, random).map((cell) => {
    const plans = Array.from({ length: options.agentsPerKill }, () => {
      number += 1;
      return makePlan(number, cell.kind, random);
    });
    return { cell, plans };
  });
  const { progress } = options;
  progress(`${number} agents without a kill`);
  const undisturbed = await run(
    [],
    planned.flatMap(({ plans }) => plans),
    options.databaseUrls?.[0],
    progress,
  );
  progress(`the same agents, and ${planned.length} kills`);
  return { undisturbed, disturbed: await run(planned, [], options.databaseUrls?.[1], progress) };
}

async function run(
  kills: readonly { readonly cell: Cell; readonly plans: readonly Plan[] }[],
  undisturbedPlans: readonly Plan[],
  databaseUrl: string | undefined,
  progress: ChaosOptions['progress'],
): Promise<Aftermath> {
  const home = await mkdtemp(join(tmpdir(), 'aios-chaos-'));
  const world = await startOutsideWorld();
  try {
    await prepareHome(home, world);
    const done: Kill[] = [];
    const plans: Plan[] = [...undisturbedPlans];
    for (const { cell, plans: own } of kills) {
      plans.push(...own);
      const disturb = cell.boundary === 'in-worker' ? breakThread : killKernel;
      done.push(await disturb({ home, world, databaseUrl, plans, done }, cell, own));
      if (done.length % 10 === 0) progress(`${done.length} kills`);
    }
    return { world, kills: done, ...(await finish({ home, world, databaseUrl, plans, done })) };
  } finally {
    await rm(home, { recursive: true, force: true });
    await world[Symbol.asyncDispose]();
  }
}

async function prepareHome(home: string, { url }: OutsideWorld): Promise<void> {
  const model = `{ name: chaos, backend: openai-compatible, hostname: '${url}/v1', api_key: none }`;
  // All agents share a thread, so that whoever breaks it takes it from all of them.
  const threads = 'agent_factory: { max_workers: 1 }';
  await writeFile(join(home, 'config.yaml'), `llms:\n  models:\n    - ${model}\n${threads}\n`);
  await mkdir(join(home, 'root'));
  await writeFile(join(home, 'root', 'shared.txt'), shared);
}
