import { z } from 'zod';
import { jsonObject } from '../schemas/json.ts';
import { usage } from '../schemas/usage.ts';
import { defineSyscall } from '../syscall.ts';
import { modelCapabilities } from './llm.ts';

/** Wire formats in which a request can be passed on as it is. */
export const forwardDialects = [
  'openai-chat',
  'openai-responses',
  'openai-embeddings',
  'anthropic-messages',
  'gemini-generate',
] as const;
export type ForwardDialect = (typeof forwardDialects)[number];

const forwardOutput = z.object({
  status: z
    .number()
    .int()
    .describe('HTTP status of the provider’s answer; one that tells of an error is an error'),
  body: z
    .string()
    .optional()
    .describe('The answer as it came, or its events where nobody took them one by one'),
  usage,
  costUsd: z
    .number()
    .nonnegative()
    .optional()
    .describe('Cost in US dollars, where the prices of the model are known'),
  model: z.string(),
  provider: z.string(),
  metadata: jsonObject.optional(),
});
export type ForwardReply = z.infer<typeof forwardOutput>;

const forwardInput = z.object({
  dialect: z.enum(forwardDialects),
  model: z.string().optional().describe('Name of a configured model or group; the default model when absent'),
  orDefault: z.boolean().optional().describe('Ask the default model where nothing goes by the name'),
  body: z.string().describe('The request in its dialect, as JSON text'),
  stream: z
    .boolean()
    .describe('Whether the answer is to be streamed; what the body says of it must be the same'),
  maxTokens: z.number().int().positive().optional().describe('Upper bound of the reply, in tokens'),
  needs: z
    .array(z.enum(modelCapabilities))
    .describe('What the model must be able to do by itself for this request'),
  headers: z
    .record(z.string(), z.string().max(4096))
    .optional()
    .describe('Headers of the dialect that go along, such as anthropic-beta; others are left out'),
});
export type ForwardRequest = z.infer<typeof forwardInput>;

export const forwardCalls = {
  'llm.forward': defineSyscall({
    summary: 'Pass a request on to a model in the wire format that both sides speak, without translating it.',
    input: forwardInput,
    output: forwardOutput,
    chunk: z.object({ text: z.string().describe('Server-sent events as they came, each of them whole') }),
    resource: 'core',
    effect: 'model',
    permission: { action: 'llm.forward', target: 'model' },
  }),
} as const;
