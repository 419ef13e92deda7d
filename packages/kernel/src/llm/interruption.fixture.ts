import type { ChatChunk, ChatReply, ChatRequest } from '@aios/protocol';
import type { Script, WireServer } from '@aios/testing';
import { configSchema } from '../config/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { systemClock } from './clock.ts';
import { conformanceKey, startProvider } from './conformance-server.ts';
import { type Core, makeCores } from './core.ts';
import { generateAt } from './generation.ts';
import { ModelWorkers } from './providers/huggingface-local/index.ts';
import type { Provider } from './providers/provider.ts';
import { Waste } from './routing/index.ts';
import { configuredCores } from './settings/index.ts';
import { Calibration } from './tokens/calibration.ts';
import { Tokenizers } from './tokens/index.ts';

// What a generation is when its slot is asked back at chosen pieces of its reply.

/** Models that go on with a reply, where not all of a provider do. */
const continuingModels: Readonly<Record<string, string>> = { anthropic: 'claude-sonnet-4-5' };

/** A core of a provider before a server that speaks its wire format. */
export async function startCore(
  provider: Provider,
  script: Script,
  model = continuingModels[provider.name] ?? 'known',
): Promise<AsyncDisposable & { core: Core; server: WireServer }> {
  const { server } = await startProvider(provider, { script, model });
  return {
    core: coreOf(provider.name, model, provider.dialect === 'ollama' ? server.origin : server.baseUrl),
    server,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** A core as a configuration would make it. */
export function coreOf(backend: string, model: string, hostname: string, name = backend): Core {
  const llms = { models: [{ name, backend, model, hostname, api_key: conformanceKey }] };
  const [core] = makeCores(configuredCores(configSchema.parse({ llms }), {}), new Map(), {
    clock: systemClock,
    workers: new ModelWorkers({ env: {}, logger: createLogger('silent'), clock: systemClock }),
    onHealthChange: () => undefined,
    gaugeOf: () => undefined,
    tokenizers: new Tokenizers(),
    calibrations: { of: () => new Calibration(undefined, () => undefined) },
  });
  if (core === undefined) throw new Error('The configuration makes no core.');
  return core;
}

export interface InterruptedRun {
  readonly reply: Omit<ChatReply, 'model' | 'provider'>;
  /** What a caller that wanted a stream was told. */
  readonly told: string;
  readonly chunks: readonly ChatChunk[];
  /** Why it was said to run to its end. */
  readonly reasons: readonly string[];
}

interface Interruption {
  /** Whether the slot is asked back after this piece; slices and pieces count from 1. */
  readonly at: (slice: number, piece: number) => boolean;
  readonly streamed?: boolean;
}

/** Never gives the slot back. */
export const undisturbed: Interruption = { at: () => false };

export async function runInterrupted(
  cores: readonly Core[],
  request: ChatRequest,
  { at, streamed = true }: Interruption,
): Promise<InterruptedRun> {
  const chunks: ChatChunk[] = [];
  const reasons: string[] = [];
  let slice = 0;
  let piece = 0;
  let yieldNow: (() => void) | undefined;
  const { reply } = await generateAt(request, {
    terms: {
      cores,
      cost: { inputTokens: 1, outputTokens: 1 },
      patience: { retries: 0, fallbackWaitMs: 0, maxWaitMs: 1000 },
      clock: systemClock,
      random: () => 0,
      waste: new Waste(),
    },
    signal: new AbortController().signal,
    moveTo: async () => {
      slice += 1;
      piece = 0;
    },
    ...(streamed && { emit: (chunk: ChatChunk) => chunks.push(chunk) }),
    slot: {
      mayYield: () => true,
      onYield: (listener) => {
        yieldNow = listener;
      },
      progress: () => {
        piece += 1;
        if (at(slice, piece)) yieldNow?.();
      },
      runToEnd: (reason) => reasons.push(reason),
    },
  });
  const told = chunks.flatMap((chunk) => (chunk.type === 'text-delta' ? [chunk.text] : [])).join('');
  return { reply, told, chunks, reasons };
}
