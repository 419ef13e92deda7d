import { z } from 'zod';

/** Who gets a free slot: the order in which the calls of a queue are served. */
export const schedulingPolicy = z.enum(['fair', 'fifo', 'round_robin', 'priority', 'deadline']);
export type SchedulingPolicy = z.infer<typeof schedulingPolicy>;

/** What sort of caller waits: a person, a program, or nobody in particular. From the most to the least urgent. */
export const callClass = z.enum(['interactive', 'pipeline', 'batch']);
export type CallClass = z.infer<typeof callClass>;
