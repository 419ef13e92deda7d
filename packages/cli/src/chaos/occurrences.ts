import { z } from 'zod';
import type { Aftermath, Kill } from './aftermath.ts';
import type { Plan, Step } from './steps.ts';

/** How often a step happened, seen from outside of the kernel where that is possible. */
export interface Occurrence {
  readonly plan: Plan;
  readonly step: Step;
  readonly times: number;
}

const results = z.record(z.string(), z.json());

export function countOccurrences(plan: Plan, aftermath: Aftermath): Occurrence[] {
  return plan.steps.map((step) => ({ plan, step, times: timesOf(step, plan, aftermath) }));
}

/** What happened too often, or not at all, for whoever looks for the cause. Kernels and kills are numbered from 1. */
export function tellOccurrence({ plan, step, times }: Occurrence, aftermath: Aftermath): string {
  const number = aftermath.kills.findIndex(({ plans }) => plans.includes(plan)) + 1;
  const kill = aftermath.kills[number - 1];
  const began = kill === undefined ? '' : `, which began before kill ${number} (${nameOf(kill)})`;
  const traces = tracesOf(step, aftermath);
  const seen = traces.length === 0 ? '' : `: ${traces.join(', ')}`;
  return `Step ${step.id} (${step.kind}) of agent ${plan.number}${began}, happened ${times} times${seen}.`;
}

function nameOf({ cell }: Kill): string {
  return `${cell.boundary} of ${cell.kind}`;
}

function timesOf({ id, kind }: Step, { number }: Plan, { world, ends, children, heard }: Aftermath): number {
  const output = results.safeParse(ends.get(number)?.output).data ?? {};
  switch (kind) {
    case 'model':
      return world.asked.has(id) ? 1 : 0;
    case 'memory':
      return Number(output[`${id} notes`] ?? 0);
    case 'storage':
    case 'tool':
      return Number(output[id] ?? 0);
    case 'read':
      return output[id] === undefined ? 0 : 1;
    case 'spawn':
      return children.filter(({ input }) => input === id).length;
    case 'send':
    case 'receive':
    case 'reply':
      return heard.filter((content) => content === id).length;
    case 'idempotent':
    case 'probed':
    case 'external':
      return world.paid.filter((payment) => payment.id === id).length;
  }
}

function tracesOf({ id }: Step, { world, children, effects }: Aftermath): string[] {
  const payments = world.paid.filter((payment) => payment.id === id);
  return [
    ...payments.map(({ key, generation }) => `paid under the key ${key} for kernel ${generation}`),
    ...effects
      .filter(
        (effect) => z.object({ arguments: z.object({ id: z.literal(id) }) }).safeParse(effect.input).success,
      )
      .map((effect) => `effect ${effect.id} ${effect.state} with the key ${effect.idempotencyKey}`),
    ...children
      .filter(({ input }) => input === id)
      .map(({ pid, state, createdAt }) => `process ${pid} ${state}, created ${createdAt}`),
  ];
}
