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
  resumedInputTokens: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe(
      'Of the input tokens: those that were read again because the reply was stopped and gone on with',
    ),
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

const amounts = {
  tokens: z.number().int().positive().optional().describe('Model tokens, input and output together'),
  calls: z.number().int().positive().optional().describe('System calls'),
  usd: z
    .number()
    .positive()
    .max(1_000_000)
    .optional()
    .describe('US dollars, by the known prices of the models'),
};

/** What is done to a call that a used-up budget has no room for. */
export const atLimit = z.enum(['refuse', 'pause', 'kill', 'cheaper_model']);
export type AtLimit = z.infer<typeof atLimit>;

/** Upper bounds for a process and everything that it starts. A missing bound is the parent’s. */
export const budget = z
  .object({
    ...amounts,
    concurrency: z.number().int().positive().optional().describe('Model calls at the same time'),
    seconds: z
      .number()
      .int()
      .positive()
      .max(315_360_000)
      .optional()
      .describe('Wall time of a process from its first start; then it is ended'),
    perMinute: z.object(amounts).optional().describe('A call beyond it waits for the next minute'),
    perDay: z.object(amounts).optional().describe('Days begin at midnight UTC'),
    atLimit: atLimit
      .optional()
      .describe(
        'What becomes of a call beyond `tokens`, `calls`, `usd` or `perDay`: it is refused (when absent), it waits, its process is ended, or it goes to the cheaper model',
      ),
    cheaperModel: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Model that is asked at the limit with `cheaper_model`; calls to it do not count for this budget',
      ),
  })
  .refine(
    (bounds) => bounds.atLimit !== 'cheaper_model' || bounds.cheaperModel !== undefined,
    'atLimit "cheaper_model" needs cheaperModel, the model to ask instead',
  );
export type Budget = z.infer<typeof budget>;
