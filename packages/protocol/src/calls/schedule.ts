import { z } from 'zod';
import { callClass, schedulingPolicy } from '../schemas/scheduling.ts';

const count = z.number().int().nonnegative();

/** Whose a call is; a call of another tenant shows only its class. */
const scheduledCall = z.object({
  call: z.string().optional().describe('Number of the system call, as in its events'),
  tenant: z
    .string()
    .optional()
    .describe('Absent for calls of another tenant, as are all but class and times'),
  user: z.string().optional(),
  program: z
    .string()
    .optional()
    .describe('What belongs together: a process tree, the calls of a key or a user'),
  agent: z.string().optional(),
  class: callClass,
  priority: z.number(),
  waitedMs: z.number().nonnegative(),
});

const holder = scheduledCall.extend({
  heldMs: z.number().nonnegative(),
  outputTokens: count.describe('Written so far, as far as its holder reported'),
  mustYield: z.boolean().describe('Its time slice is used up and others wait'),
  runsToEnd: z
    .string()
    .optional()
    .describe('Why it keeps its slot until it is done, where the queue has time slices'),
});

const waiter = scheduledCall.extend({
  position: z.number().int().positive().describe('Its turn if no other call came'),
  deadlineInMs: z.number().optional(),
  reason: z.string().describe('Why it stands there'),
});

const counter = z.object({
  class: callClass,
  tenant: z.string().optional().describe('Absent for the class as a whole'),
  weight: z.number().positive(),
  counter: z.number().describe('Units that it got, divided by its weight: input tokens + 2 x output tokens'),
  queued: count,
});

const scheduleWindow = z.object({
  limit: z.number().int().positive().describe('Programs that may use it at the same time'),
  programs: count.describe('Programs that have a place'),
  idle: count.describe('Those of them that wait for their tools'),
  outside: count.describe('Programs that wait for a place'),
  cause: z.enum(['refusals', 'kv', 'latency']),
  reason: z.string().describe('What was seen when it was made smaller'),
  sinceMs: z.number().nonnegative().describe('Time since it was made smaller'),
});

const scheduledQueue = z.object({
  name: z.string().describe('Such as core:gpt-5-mini or storage'),
  policy: schedulingPolicy,
  capacity: z.number().int().positive(),
  running: count,
  queued: count,
  oldestWaitMs: z.number().nonnegative().optional(),
  msPerDispatch: z
    .number()
    .nonnegative()
    .optional()
    .describe('Time between two waiting calls that get a slot; absent before there were two'),
  window: scheduleWindow.optional().describe('Present while the programs that use it are bounded'),
  memory: z
    .object({
      spaceTokens: z.number().positive().describe('What running calls may take together'),
      takenTokens: count.describe('What they are expected to take'),
    })
    .optional()
    .describe('Of keys and values, where it is known'),
  holders: z.array(holder).describe('Calls that hold a slot, the longest first'),
  waiters: z.array(waiter).describe('Calls that wait, in the order in which they would be served'),
  counters: z.array(counter).describe('What classes and tenants got, under the policy fair'),
});

export const kernelSchedule = z.object({
  at: z.string().describe('ISO 8601'),
  queues: z.array(scheduledQueue),
});
export type KernelSchedule = z.infer<typeof kernelSchedule>;

export const scheduleInput = z.object({
  queue: z.string().optional().describe('Only this queue; all when absent'),
  limit: z
    .number()
    .int()
    .min(0)
    .max(1000)
    .default(20)
    .describe('Holders, waiters and counters of a queue, each at most so many'),
});
