import type { ChatChunk, ChatRequest, JsonObject } from '@aios/protocol';
import {
  type Generated,
  type Generation,
  generate,
  type Model,
  type Models,
  type Origin,
} from '../context/index.ts';
import { costOf } from './catalogue/index.ts';
import { continuationOf } from './continuation.ts';
import type { Core } from './core.ts';
import type { RateLimitReport } from './driver.ts';
import { type CoresTerms, callCores, partial, type Sending } from './routing/index.ts';
import { estimateRequestTokens, estimateTextTokens } from './tokens/index.ts';

interface Surroundings extends Pick<Generation, 'slot' | 'keeper' | 'restored'> {
  readonly terms: CoresTerms;
  readonly signal: AbortSignal;
  readonly emit?: ((chunk: ChatChunk) => void) | undefined;
  readonly moveTo: (queue: string) => number | undefined | Promise<number | undefined>;
}

/** Asks for a reply as `callCores` does, in as many slices as it takes. */
export async function generateAt(
  request: ChatRequest,
  { terms, signal, emit, moveTo, ...kept }: Surroundings,
): Promise<Generated & { core: Core }> {
  let answering: Core | undefined;
  const models: Models = {
    ask: async (goesOnFrom, send) => {
      const { core, reply, tried } = await callCores({
        ...terms,
        cores: goesOnFrom === undefined ? terms.cores : replicasOf(goesOnFrom, terms.cores),
        signal,
        emit,
        moveTo,
        send: async (core, sending: Sending<ChatChunk>) => {
          const reports: RateLimitReport[] = [];
          const end = await send(modelAt(core, sending, reports), sending);
          return { ...end, end, ...(reports[0] && { limits: reports[0] }) };
        },
      });
      answering = core;
      return { end: reply.end, tried: tried.map((entry): JsonObject => ({ ...entry })) };
    },
    canGoOnFrom: (origin) => replicasOf(origin, terms.cores).length > 0,
    inputTokens: estimateRequestTokens,
    textTokens: estimateTextTokens,
  };
  const generated = await generate(request, { ...kept, models, emit, partial });
  if (answering === undefined) throw new Error('A reply came from no core.');
  return { ...generated, core: answering };
}

/** Cores that serve the same model, that of the origin first. */
function replicasOf({ core: name, provider, model }: Origin, cores: readonly Core[]): Core[] {
  const same = cores.filter(
    ({ settings }) => settings.provider.name === provider && settings.model === model,
  );
  return [
    ...same.filter(({ settings }) => settings.name === name),
    ...same.filter(({ settings }) => settings.name !== name),
  ];
}

/** The core as a generation sees it; what the provider reports of its limits is put into `reports`. */
function modelAt(core: Core, { admit, priority }: Sending<ChatChunk>, reports: RateLimitReport[]): Model {
  const { settings, driver } = core;
  const { name, provider, model, prices } = settings;
  return {
    origin: { core: name, provider: provider.name, model },
    continuationOf: (request) => continuationOf(request, settings),
    chat: async (request, call) => {
      const { limits, ...reply } = await driver.chat(request, {
        admit,
        ...(priority !== undefined && { priority }),
        ...call,
      });
      if (limits !== undefined) reports.push(limits);
      return reply;
    },
    costUsd: (usage) => (prices === undefined ? undefined : costOf(usage, prices)),
  };
}
