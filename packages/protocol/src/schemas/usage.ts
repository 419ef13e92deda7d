import { z } from 'zod';

/** What a call used of a model. */
export const usage = z.object({
  inputTokens: z.number().int().nonnegative(),
  outputTokens: z.number().int().nonnegative(),
  cachedInputTokens: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('Of the input tokens: those that the provider read from its cache'),
  cacheWriteTokens: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('Of the input tokens: those that the provider wrote to its cache'),
  reasoningTokens: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('Of the output tokens: those of the model’s thinking'),
  source: z
    .enum(['provider', 'estimate'])
    .describe('provider: counted by the provider; estimate: by AIOS because the provider did not say'),
});
export type Usage = z.infer<typeof usage>;

/** Upper bounds for a process and everything that it starts. A missing bound is the parent’s. */
export const budget = z.object({
  tokens: z.number().int().positive().optional().describe('Model tokens, input and output together'),
  calls: z.number().int().positive().optional().describe('System calls'),
});
export type Budget = z.infer<typeof budget>;
