import { type ChatRequest, syscalls, usage } from '@aios/protocol';
import { z } from 'zod';
import { continuationMethod } from './continuation.ts';

const count = z.number().int().nonnegative();

/** The model that a generation belongs to. Cores of the same provider and model can go on with each other’s. */
const origin = z.object({
  /** Name of the core. */
  core: z.string(),
  provider: z.string(),
  /** As the provider calls it. */
  model: z.string(),
});
export type Origin = z.infer<typeof origin>;

/** How far a generation has come; what changes from token to token. */
const progress = z.object({
  origin,
  /** How it goes on; absent where it cannot, as after a call of a tool. */
  method: continuationMethod.optional(),
  /** As the caller has it, or would have it. */
  text: z.string(),
  /** Length of the part of `text` that the model is sent to go on with; the rest is written again. */
  cut: count,
  /** Tokens of that part. */
  keptTokens: count,
  reasoning: z.string(),
  /** Arguments as far as they have come. */
  toolCalls: z.array(z.object({ id: z.string(), name: z.string(), argumentsText: z.string() })),
  /** Of everything so far, what is written again included. */
  usage,
  costUsd: z.number().nonnegative().optional(),
  /** Times that the model was asked. */
  slices: count,
  /** `keptTokens` at the beginning of each slice. */
  starts: z.array(count),
  /** Input tokens of all slices but the first. */
  resumedInputTokens: count,
  /** Output tokens that were written again. */
  repeatedOutputTokens: count,
});
export type Progress = z.infer<typeof progress>;

/** Of what is written down. A snapshot of another version is not read. */
export const snapshotVersion = 1;

/** A generation that was stopped, and all that is needed to go on with it in another process or another place. */
export const snapshot = z.object({
  version: z.literal(snapshotVersion),
  /** Messages, tools, sampling parameters, seed. */
  request: syscalls['llm.chat'].input,
  progress,
});
export interface Snapshot {
  readonly version: typeof snapshotVersion;
  readonly request: ChatRequest;
  readonly progress: Progress;
}
