// Runs durable agents with random plans while their kernel is killed at every boundary of every kind of call, and compares
// what they did, in AIOS and in the outside world, with a run that nobody disturbed.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EffectDescription, JsonValue, ProcessDescription } from '@aios/protocol';
import type { Client } from '@aios/sdk';
import { z } from 'zod';
import type { Cell } from './cells.ts';
import { type KernelChild, startKernelChild } from './kernel-child.ts';
import { type OutsideWorld, startOutsideWorld } from './outside-world.ts';
import { callOf, makePlan, outsideKinds, type Plan, planSchema, seededRandom, shuffled } from './steps.ts';

export interface ChaosOptions {
  readonly cells: readonly Cell[];
  readonly seed: number;
  /** Agents that are started before each kill. */
  readonly agentsPerKill: number;
  /** An empty PostgreSQL database for each of the two runs; SQLite when absent. */
  readonly databaseUrls?: readonly [undisturbed: string, disturbed: string] | undefined;
  readonly progress: (line: string) => void;
}

/** One kill, as it went. */
export interface Kill {
  readonly cell: Cell;
  readonly plans: readonly Plan[];
  /** Whether the kernel came to the boundary; one that did not was killed all the same. */
  readonly isHit: boolean;
  readonly killedAt: number;
  /** What the outside world had and had not answered, by its key. */
  readonly cutOff: readonly string[];
  /** Ids of effects whose outcome was unknown after it, and had not been before. */
  unknown: readonly string[];
  /** Milliseconds until the next kernel served, with all processes resumed. */
  recoveryMs: number;
}

/** What a run left behind. */
export interface Aftermath {
  readonly world: OutsideWorld;
  readonly kills: readonly Kill[];
  /** Of each plan, by its number. */
  readonly ends: ReadonlyMap<number, ProcessDescription>;
  readonly children: readonly ProcessDescription[];
  readonly effects: readonly EffectDescription[];
  /** Messages that the postbox has taken. */
  readonly heard: readonly string[];
}

const hitWithinMs = 20_000;
const endWithinMs = 120_000;
const shared = 'what everybody may read';
const postbox = 'chaos-postbox';

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
      done.push(await killOnce({ home, world, databaseUrl, plans, done }, cell, own));
      if (done.length % 10 === 0) progress(`${done.length} kills`);
    }
    return { world, kills: done, ...(await finish({ home, world, databaseUrl, plans, done })) };
  } finally {
    await rm(home, { recursive: true, force: true });
    await world[Symbol.asyncDispose]();
  }
}

interface Scene {
  readonly home: string;
  readonly world: OutsideWorld;
  readonly databaseUrl: string | undefined;
  /** All plans that are to be on record. */
  readonly plans: readonly Plan[];
  readonly done: readonly Kill[];
}

async function prepareHome(home: string, { url }: OutsideWorld): Promise<void> {
  const model = `{ name: chaos, backend: openai-compatible, hostname: '${url}/v1', api_key: none }`;
  await writeFile(join(home, 'config.yaml'), `llms:\n  models:\n    - ${model}\n`);
  await mkdir(join(home, 'root'));
  await writeFile(join(home, 'root', 'shared.txt'), shared);
}

async function killOnce(scene: Scene, cell: Cell, plans: readonly Plan[]): Promise<Kill> {
  const { home, world, databaseUrl } = scene;
  world.generation += 1;
  const cutOff: string[] = [];
  const isOutside = cell.boundary === 'at-provider';
  const kernel = await startKernelChild({
    home,
    bank: world.url,
    databaseUrl,
    ...(!isOutside && { fault: `${cell.boundary}:${callOf[cell.kind]}` }),
  });
  let isHit = true;
  if (kernel !== undefined) {
    await using running = kernel;
    world.interceptNext(isOutside ? outsideKinds.find((kind) => kind === cell.kind) : undefined, (key) => {
      cutOff.push(key);
      running.kill();
    });
    await whileItLives(running, async (client) => {
      await lookBack(scene, running);
      await spawnMissing(client, scene.plans);
    });
    isHit = await goneWithin(running, hitWithinMs);
    if (!isHit) running.kill();
    await running.gone;
    world.interceptNext(undefined, () => undefined);
  }
  return { cell, plans, isHit, killedAt: Date.now(), cutOff, unknown: [], recoveryMs: Number.NaN };
}

/** What the kernel that was killed left, as the next one found it. */
async function lookBack({ done }: Scene, { client, bootMs }: KernelChild): Promise<void> {
  const last = done.at(-1);
  if (last === undefined) return;
  last.recoveryMs = bootMs;
  const { effects } = await client.effect.list({ states: ['unknown'], limit: 1000 });
  const before = new Set(done.flatMap(({ unknown }) => unknown));
  last.unknown = effects.map(({ id }) => id).filter((id) => !before.has(id));
}

/** Work that ends early, and well, when the kernel dies. */
async function whileItLives(kernel: KernelChild, work: (client: Client) => Promise<void>): Promise<void> {
  const outcome = await Promise.race([
    work(kernel.client).then(
      () => undefined,
      (error: unknown) => ({ error }),
    ),
    kernel.gone.then(() => undefined),
  ]);
  if (outcome !== undefined && !(await goneWithin(kernel, 1000))) throw outcome.error;
}

async function goneWithin({ gone }: KernelChild, timeoutMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), timeoutMs);
  void gone.then(() => resolve(true));
  const isGone = await promise;
  clearTimeout(timer);
  return isGone;
}

/** Starts the plans whose start was lost with a kernel, as whoever starts an agent would, and who takes their messages. */
async function spawnMissing(client: Client, plans: readonly Plan[]): Promise<void> {
  const { processes } = await client.process.list({ limit: 10_000 });
  if (!processes.some(({ agent }) => agent === postbox)) {
    await client.process.spawn({ agent: postbox, durable: true });
  }
  const known = new Set(
    processes.flatMap(({ agent, input }) => (agent === 'planner' ? numberOf(input) : [])),
  );
  for (const plan of plans.filter(({ number }) => !known.has(number))) {
    await client.process.spawn({ agent: 'planner', input: plan, durable: true });
  }
}

/** The last kernel is not killed: the person says what became of the effects that are unknown, and all agents end. */
async function finish(scene: Scene): Promise<Omit<Aftermath, 'world' | 'kills'>> {
  const { home, world, databaseUrl, plans } = scene;
  world.generation += 1;
  await using kernel = await startKernelChild({ home, bank: world.url, databaseUrl });
  if (kernel === undefined) throw new Error('The last kernel was killed, too.');
  const { client } = kernel;
  await lookBack(scene, kernel);
  await spawnMissing(client, plans);
  await resolveUnknown(client, world);
  const { processes } = await client.process.list({ limit: 10_000 });
  const ends = new Map<number, ProcessDescription>();
  for (const { pid, agent, input } of processes) {
    if (agent !== 'planner') continue;
    const ended = await client.process.wait({ pid, timeoutMs: endWithinMs });
    for (const number of numberOf(input)) ends.set(number, ended);
  }
  const all = await client.process.list({ limit: 10_000 });
  const children = all.processes.filter(({ agent }) => agent === 'chaos-child');
  const heard = await emptyPostbox(client, all.processes);
  return { ends, children, effects: (await client.effect.list({ limit: 1000 })).effects, heard };
}

/** What it has heard by the time that nobody sends any more. */
async function emptyPostbox(
  { message, process }: Client,
  processes: readonly ProcessDescription[],
): Promise<readonly string[]> {
  const boxes = processes.filter(({ agent }) => agent === postbox);
  for (const _box of boxes) await message.send({ to: postbox, content: 'stop' });
  const ended = await Promise.all(boxes.map(({ pid }) => process.wait({ pid, timeoutMs: endWithinMs })));
  return ended.flatMap(({ output }) => z.array(z.string()).parse(output));
}

/** As a person would: looks into the books of the bank. */
async function resolveUnknown({ effect }: Client, { paid }: OutsideWorld): Promise<void> {
  const { effects } = await effect.list({ states: ['unknown'], limit: 1000 });
  for (const { id, target, idempotencyKey } of effects) {
    // The other tools find out by themselves.
    if (target !== 'payments.pay') continue;
    const payment = paid.find(({ key }) => key === idempotencyKey);
    await effect.resolve(
      payment === undefined
        ? { id, outcome: 'repeat', reason: 'not in the books' }
        : {
            id,
            outcome: 'committed',
            result: { receipt: `receipt of ${payment.id}` },
            reason: 'in the books',
          },
    );
  }
}

function numberOf(input: JsonValue): number[] {
  const plan = planSchema.safeParse(input);
  return plan.success ? [plan.data.number] : [];
}
