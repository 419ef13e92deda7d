import { atLimit } from '@aios/protocol';
import { z } from 'zod';

const count = z.number().int().positive().optional();

const amounts = {
  tokens: count.describe('Model tokens, input and output together'),
  calls: count.describe('System calls'),
  usd: z
    .number()
    .positive()
    .max(1_000_000)
    .optional()
    .describe('US dollars, by the known prices of the models'),
};

const entry = z
  .object({
    ...amounts,
    concurrency: count.describe('Model calls at the same time'),
    seconds: count.describe('Wall time of each process'),
    per_minute: z.object(amounts).optional().describe('Bounds of each minute; a call beyond them waits'),
    per_day: z.object(amounts).optional().describe('Bounds of each day, which begins at midnight UTC'),
    at_limit: atLimit.optional().describe('refuse (when absent), pause, kill or cheaper_model'),
    cheaper_model: z.string().min(1).optional().describe('Model that is asked at the limit'),
  })
  .refine(
    (quota) => quota.at_limit !== 'cheaper_model' || quota.cheaper_model !== undefined,
    'at_limit cheaper_model needs cheaper_model, the model to ask instead',
  );
export type QuotaEntry = z.infer<typeof entry>;

/** Quotas of agents, users and tenants, and bounds for every process. */
export const quotaSettings = z.object({
  agents: z.record(z.string(), entry).default({}).describe('By name, or by a pattern such as team/*'),
  users: z.record(z.string(), entry).default({}),
  tenants: z.record(z.string(), entry).default({}),
  defaults: z
    .object({
      process: entry.optional().describe('For every process, beside its own budget'),
      agent: entry.optional().describe('For each agent that nothing else names'),
      user: entry.optional(),
      tenant: entry.optional(),
    })
    .prefault({}),
  max_wait_ms: z
    .number()
    .int()
    .nonnegative()
    .max(3_600_000)
    .default(60_000)
    .describe('A longer wait for a rate fails with rate_limited'),
});
export type QuotaSettings = z.infer<typeof quotaSettings>;
