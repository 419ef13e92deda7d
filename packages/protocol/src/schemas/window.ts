import { z } from 'zod';

/** What may be done to a conversation that is longer than a window, in the order in which it is. */
export const contextStrategy = z.enum(['superseded', 'page', 'summarise', 'truncate']);
export type ContextStrategy = z.infer<typeof contextStrategy>;

export const countSource = z
  .enum(['tokenizer', 'calibrated', 'estimate'])
  .describe(
    'tokenizer: texts are counted by the published tokenizer of the model; calibrated: by another one, set right by what the provider reported; estimate: it has reported nothing yet',
  );

const tokens = z.number().int().nonnegative();

/** What a call wants done where its conversation is longer than the window. */
export const windowWish = z
  .object({
    strategies: z
      .array(contextStrategy)
      .optional()
      .describe('Those of the configuration when absent; none: a conversation that is too long is refused'),
    replyTokens: z
      .number()
      .int()
      .positive()
      .optional()
      .describe('Tokens of the window kept for the reply; never less than `maxTokens`'),
    summaryModel: z.string().optional().describe('Writes the summaries; the model that is asked when absent'),
  })
  .describe('How a conversation that is longer than the model’s window is made to fit');
export type WindowWish = z.infer<typeof windowWish>;

export const windowReport = z.object({
  windowTokens: tokens.describe('Size of the model’s window'),
  tokensBefore: tokens.describe('Of the conversation as it came, with the tools'),
  tokensAfter: tokens.describe('Of what was sent'),
  source: countSource,
  superseded: z
    .number()
    .int()
    .nonnegative()
    .describe('Results of tools left out, as later ones say the same'),
  paged: z
    .array(z.object({ id: z.string(), toolName: z.string() }))
    .describe('Results of tools that were moved out; `context.page` reads them'),
  summarised: z.number().int().nonnegative().describe('Oldest messages that a summary stands for'),
  truncated: z.number().int().nonnegative().describe('Oldest messages that were left out'),
  shortened: z.number().int().nonnegative().describe('Results of tools that were cut in the middle'),
});
export type WindowReport = z.infer<typeof windowReport>;
