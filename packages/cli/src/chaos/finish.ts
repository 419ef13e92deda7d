import type { ProcessDescription } from '@aios/protocol';
import type { Client } from '@aios/sdk';
import { z } from 'zod';
import type { Aftermath } from './aftermath.ts';
import { startKernelChild } from './kernel-child.ts';
import type { OutsideWorld } from './outside-world.ts';
import { lookBack, numberOf, postbox, type Scene, spawnMissing } from './scene.ts';

const endWithinMs = 120_000;

/** The last kernel is not killed: the person says what became of the effects that are unknown, and all agents end. */
export async function finish(scene: Scene): Promise<Omit<Aftermath, 'world' | 'kills'>> {
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
