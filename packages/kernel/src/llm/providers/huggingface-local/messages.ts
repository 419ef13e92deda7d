import { z } from 'zod';

// What the kernel and worker/ say to each other, a JSON value a line.

/** What a worker is started for. */
export interface WorkerOptions {
  /** Folder with weights and tokenizer. */
  readonly folder: string;
  readonly kind: 'causal' | 'encoder';
  /** As PyTorch names it, such as cuda:0; the best one there is when absent. */
  readonly device?: string;
  readonly contextTokens?: number;
}

export interface ChatJob {
  readonly kind: 'chat';
  readonly messages: readonly { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }[];
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  /** Whether a model that can think shall; its own way when absent. */
  readonly thinks?: boolean;
}

interface EmbedJob {
  readonly kind: 'embed';
  readonly texts: readonly string[];
}

export type Job = ChatJob | EmbedJob;

const failure = { module: z.string().optional(), message: z.string() };
const job = { id: z.number().int() };
const tokens = z.number().int().nonnegative();

const end = z.object({
  event: z.literal('end'),
  ...job,
  finishReason: z.enum(['stop', 'length']),
  inputTokens: tokens,
  outputTokens: tokens,
});
export type JobEnd = z.infer<typeof end>;

export const workerEvent = z.discriminatedUnion('event', [
  z.object({ event: z.literal('ready'), device: z.string() }),
  /** The model cannot be loaded; the worker ends. `module` is what Python lacks. */
  z.object({ event: z.literal('failed'), ...failure }),
  z.object({ event: z.literal('started'), ...job }),
  z.object({ event: z.literal('text'), ...job, text: z.string() }),
  z.object({ event: z.literal('vectors'), ...job, vectors: z.array(z.array(z.number())) }),
  // A job ends with exactly one of these.
  end,
  z.object({ event: z.literal('cancelled'), ...job }),
  /** The request is wrong for this model. */
  z.object({ event: z.literal('refused'), ...job, message: z.string() }),
  z.object({ event: z.literal('error'), ...job, ...failure }),
]);
export type WorkerEvent = z.infer<typeof workerEvent>;

/** What comes before the end of a job. */
export type JobPart = Extract<WorkerEvent, { event: 'text' | 'vectors' }>;
