import { z } from 'zod';

// The keys of `llms` that say how calls are spread over models, and what happens when one is slow, full or failing.

const strategies = [
  'sequential',
  'round_robin',
  'least_busy',
  'cheapest_capable',
  'prefix_affinity',
] as const;

/** `smart` is the name that the Python AIOS gives to choosing the cheapest model that can answer. */
const strategy = z
  .enum([...strategies, 'smart'])
  .transform((name) => (name === 'smart' ? 'cheapest_capable' : name));

const modelRouter = z.object({
  strategy: strategy
    .default('sequential')
    .describe(`How calls that name no model are spread: ${strategies.join(', ')}`),
  /** Of the Python AIOS; accepted so that an existing file keeps working. */
  bootstrap_url: z.unknown().optional(),
});

const modelGroup = z.object({
  name: z.string().min(1).describe('Name by which calls ask for the group'),
  models: z.array(z.string().min(1)).min(1).describe('Names of models, in order'),
  strategy: strategy.optional().describe('That of llms.router when absent'),
});

/** The longest that a timer of the host can wait. */
const milliseconds = z.number().int().positive().max(2_147_483_647);

const timeOuts = {
  connect_ms: milliseconds.describe('Until the connection to the provider stands'),
  first_token_ms: milliseconds.describe('Until the first piece of a streamed reply, connecting included'),
  idle_ms: milliseconds.describe('Between two pieces of a streamed reply'),
  total_ms: milliseconds.describe('Until the whole reply'),
};

const modelTimeOuts = z.object({
  connect_ms: timeOuts.connect_ms.default(10_000),
  first_token_ms: timeOuts.first_token_ms.default(300_000),
  idle_ms: timeOuts.idle_ms.default(120_000),
  total_ms: timeOuts.total_ms.default(900_000),
});

const perMinute = z.number().int().positive().optional();

/** Keys of one model. */
export const modelLimits = {
  requests_per_minute: perMinute.describe('Calls that are sent to it in a minute'),
  input_tokens_per_minute: perMinute.describe('Input tokens that are sent to it in a minute'),
  output_tokens_per_minute: perMinute.describe('Output tokens that it may write in a minute'),
  kv_tokens: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('Tokens that its memory for keys and values holds; asked of vLLM when absent'),
  target_latency_ms: milliseconds
    .optional()
    .describe('Mean time of a call above which fewer programs are let at it; any when absent'),
  pass_priority: z
    .boolean()
    .optional()
    .describe('Tell vLLM who goes first; it must run with --scheduling-policy priority'),
  timeouts: z.object(timeOuts).partial().optional().describe('Those of llms.timeouts where absent'),
};

const modelBreaker = z.object({
  failures: z.number().int().positive().default(5).describe('Failures in a row after which it opens'),
  failure_rate: z.number().positive().max(1).default(0.5).describe('Part of the last calls that failed'),
  window: z.number().int().positive().max(1000).default(20).describe('Calls that failure_rate looks at'),
  open_ms: milliseconds.default(30_000).describe('Until one call may try again'),
});

/** Keys of `llms`. */
export const routingKeys = {
  aliases: z
    .record(z.string().min(1), z.string().min(1))
    .prefault({})
    .describe('Other names of models and groups; a name may be a pattern, such as gpt-4*'),
  groups: z.array(modelGroup).default([]).describe('Models that calls can ask for together, by one name'),
  router: modelRouter.prefault({}),
  retries: z
    .number()
    .int()
    .nonnegative()
    .max(10)
    .default(2)
    .describe('Times that a call is sent again to a model'),
  fallback_wait_ms: milliseconds
    .default(1000)
    .describe('Wait for the limits of a model after which another one is asked'),
  max_wait_ms: milliseconds
    .default(60_000)
    .describe('Wait for the limits of a model after which a call fails where no other model can answer'),
  timeouts: modelTimeOuts.prefault({}),
  breaker: modelBreaker.prefault({}),
};
