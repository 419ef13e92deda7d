import type { JsonValue } from '@aios/protocol';
import type { Client } from '@aios/sdk';
import type { Kill } from './aftermath.ts';
import type { KernelChild } from './kernel-child.ts';
import type { OutsideWorld } from './outside-world.ts';
import { type Plan, planSchema } from './steps.ts';

/** What a kernel finds when it is started. */
export interface Scene {
  readonly home: string;
  readonly world: OutsideWorld;
  readonly databaseUrl: string | undefined;
  /** All plans that are to be on record. */
  readonly plans: readonly Plan[];
  readonly done: readonly Kill[];
}

/** Takes the messages of the plans. */
export const postbox = 'chaos-postbox';

/** What the kernel that was killed left, as the next one found it. */
export async function lookBack({ done }: Scene, { client, bootMs }: KernelChild): Promise<void> {
  const last = done.at(-1);
  if (last === undefined) return;
  if (Number.isNaN(last.recoveryMs)) last.recoveryMs = bootMs;
  const { effects } = await client.effect.list({ states: ['unknown'], limit: 1000 });
  const before = new Set(done.flatMap(({ unknown }) => unknown));
  last.unknown = effects.map(({ id }) => id).filter((id) => !before.has(id));
}

/** Starts the plans whose start was lost with a kernel, as whoever starts an agent would, and who takes their messages. */
export async function spawnMissing(client: Client, plans: readonly Plan[]): Promise<void> {
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

/** The plan that a process carries out, if it does. */
export function numberOf(input: JsonValue): number[] {
  const plan = planSchema.safeParse(input);
  return plan.success ? [plan.data.number] : [];
}
