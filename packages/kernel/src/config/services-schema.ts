import { permission, restartPolicy } from '@aios/protocol';
import { z } from 'zod';

const service = z.object({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be lower-case letters, digits, ".", "_" or "-"')
    .describe('Unique name of the service'),
  agent: z.string().min(1).describe('Name of an installed agent, or absolute path of an agent’s file'),
  input: z.json().default(null),
  durable: z
    .boolean()
    .default(true)
    .describe('Whether it goes on where it was after a restart of the kernel'),
  restart: restartPolicy.default('on-failure').describe('Whether it is started again after its end'),
  after: z.array(z.string()).default([]).describe('Services that must be healthy before it is started'),
  permissions: z.array(permission).optional().describe('All that its manifest asks for when absent'),
});
export type ServiceEntry = z.infer<typeof service>;

/** Agents that start with the kernel, in an order in which each comes after those that it needs. */
export const serviceSettings = z.array(service).superRefine((services, context) => {
  const names = services.map(({ name }) => name);
  for (const [index, { name, after }] of services.entries()) {
    if (names.indexOf(name) !== index) {
      context.addIssue({
        code: 'custom',
        path: [index, 'name'],
        message: `"${name}" is the name of two services`,
      });
    }
    for (const [place, needed] of after.entries()) {
      if (names.includes(needed)) continue;
      context.addIssue({
        code: 'custom',
        path: [index, 'after', place],
        message: `there is no service "${needed}"`,
      });
    }
  }
  const circular = findCircle(services);
  if (circular !== undefined) {
    context.addIssue({
      code: 'custom',
      path: [names.indexOf(circular), 'after'],
      message: `"${circular}" would have to start after itself`,
    });
  }
});

/** A service that waits for itself by way of others, if there is one. */
function findCircle(services: readonly ServiceEntry[]): string | undefined {
  const needs = new Map(services.map(({ name, after }) => [name, after]));
  const reaches = (from: string, goal: string, seen: Set<string>): boolean =>
    (needs.get(from) ?? []).some((next) => {
      if (next === goal) return true;
      if (seen.has(next)) return false;
      return reaches(next, goal, seen.add(next));
    });
  return services.find(({ name }) => reaches(name, name, new Set()))?.name;
}
