import { z } from 'zod';
import { atLimit } from './usage.ts';

/** Whose use is bounded. */
export const quotaScope = z.enum(['process', 'agent', 'user', 'tenant', 'key']);
export type QuotaScope = z.infer<typeof quotaScope>;

/** What is bounded: `seconds` is wall time, `concurrency` model calls at the same time. */
const quotaDimension = z.enum(['calls', 'tokens', 'usd', 'concurrency', 'seconds']);

/** Over which time; `total` is the whole life of a process, and for the other scopes for ever. */
const quotaWindow = z.enum(['minute', 'day', 'total']);

/** A bound and how much of it is gone. */
export const quotaBound = {
  scope: quotaScope,
  name: z.string().describe('Number of the process; name of the agent, user, tenant or key'),
  dimension: quotaDimension,
  window: quotaWindow,
  limit: z.number().positive(),
  used: z.number().nonnegative(),
};

export const quota = z.object({
  ...quotaBound,
  reserved: z.number().nonnegative().describe('Held by calls under way'),
  windowEndsAt: z.string().optional().describe('ISO 8601; absent for `total`'),
  atLimit: atLimit.optional().describe('Absent where a call beyond the limit waits for its turn'),
  cheaperModel: z.string().optional(),
  waiting: z.number().int().nonnegative().describe('Calls that wait for room in this scope'),
});
export type Quota = z.infer<typeof quota>;
