import { z } from 'zod';

/** Who gets a free slot: the order in which the calls of a queue are served. */
export const schedulingPolicy = z.enum(['fair', 'fifo', 'round_robin', 'priority', 'deadline']);
export type SchedulingPolicy = z.infer<typeof schedulingPolicy>;

/** What sort of caller waits: a person, a program, or nobody in particular. From the most to the least urgent. */
export const callClass = z.enum(['interactive', 'pipeline', 'batch']);
export type CallClass = z.infer<typeof callClass>;

/** How urgent the calls of a process are, as far as somebody says so. */
export const urgency = {
  class: callClass
    .optional()
    .describe('Share of a full queue that its calls get; never a more urgent one than that of its parent'),
  priority: z
    .number()
    .int()
    .min(-100)
    .max(100)
    .optional()
    .describe('Under the policy priority the greater comes first; never greater than that of its parent'),
};
