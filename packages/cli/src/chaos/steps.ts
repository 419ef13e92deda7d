// What an agent of `aios chaos` may do in one step, and which call of the kernel that is.

import { z } from 'zod';

/**
 * A new kind needs an entry here, in the agent `planner`, and in what the outside world or the kernel is asked afterwards.
 * `receive` and `reply` are one step, a question to another agent, and two calls to be cut off.
 */
export const stepKinds = [
  'model',
  'memory',
  'storage',
  'read',
  'spawn',
  'tool',
  'idempotent',
  'probed',
  'external',
  'send',
  'receive',
  'reply',
] as const;
export type StepKind = (typeof stepKinds)[number];

/** One step; its id is unique in a run. */
const step = z.object({ id: z.string(), kind: z.enum(stepKinds) });
export type Step = z.infer<typeof step>;

export const planSchema = z.object({ number: z.number(), steps: z.array(step) });
export type Plan = z.infer<typeof planSchema>;

/** The call of each kind, as `AIOS_FAULT` names it. */
export const callOf: Readonly<Record<StepKind, string>> = {
  model: 'llm.chat',
  memory: 'memory.add',
  storage: 'storage.write',
  read: 'storage.read',
  spawn: 'process.spawn',
  tool: 'tool.call=storage.write',
  idempotent: 'tool.call=payments.deposit',
  probed: 'tool.call=payments.transfer',
  external: 'tool.call=payments.pay',
  send: 'message.send',
  receive: 'message.receive',
  reply: 'message.reply',
};

/** Kinds whose call reaches the outside world, so that the kernel can be killed while that has it. */
export const outsideKinds = [
  'model',
  'idempotent',
  'probed',
  'external',
] as const satisfies readonly StepKind[];

/** A random plan that has a step of the kind; the same for the same random numbers. */
export function makePlan(number: number, wanted: StepKind, random: () => number): Plan {
  const length = 3 + Math.floor(random() * 4);
  const at = Math.floor(random() * length);
  const steps = Array.from({ length }, (_, index): Step => {
    const any = stepKinds[Math.floor(random() * stepKinds.length)] ?? wanted;
    return { id: `p${number}s${index}`, kind: index === at ? wanted : any };
  });
  return { number, steps };
}

/** Whether a step comes after another one of the same plan, by their ids. */
export function isLaterStep(id: string, than: string): boolean {
  const [later, earlier] = [placeOf(id), placeOf(than)];
  return later.plan === earlier.plan && later.index > earlier.index;
}

function placeOf(id: string): { readonly plan: string; readonly index: number } {
  const [plan = '', index] = id.split('s');
  return { plan, index: Number(index) };
}

/** Mulberry32: numbers from 0 to 1, the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((left, right) => left.place - right.place)
    .map(({ item }) => item);
}
