import type { JsonObject, ModelDescription, SyscallInput } from '@aios/protocol';
import { type Downgrade, type HandlersOf, handle, type PreparedCall } from '../syscall/index.ts';
import type { Clock } from './clock.ts';
import type { CoreSet } from './core-set.ts';
import { dearest } from './dearest.ts';
import { callCores, type Demand, demandOfChat, demandOfEmbedding, type Tried } from './routing/index.ts';

export interface HandlerOptions {
  /** The cores as they are now. */
  cores: () => CoreSet;
  models: () => ModelDescription[];
  clock: Clock;
  /** From 0 up to 1, for the jitter of retries. */
  random: () => number;
}

/** How `llm.*` is answered. A call keeps the cores that it was prepared with, whatever a reload does meanwhile. */
export function llmHandlers({ cores, models, clock, random }: HandlerOptions): HandlersOf<'llm'> {
  const route = (name: string | undefined, demand: Demand) => {
    const set = cores();
    const candidates = set.candidates(name, demand);
    const { cost } = demand;
    return {
      queue: candidates[0]?.queue,
      need: {
        reserveTokens: cost.inputTokens + cost.outputTokens,
        ...withUsd(dearest(candidates, cost)),
        ...(name !== undefined && { model: name }),
      },
      terms: { cores: candidates, cost, patience: set.patience, clock, random },
    };
  };

  const prepareChat = (
    input: SyscallInput<'llm.chat'>,
    downgraded: JsonObject | undefined,
  ): PreparedCall<'llm.chat'> => {
    const { terms, queue, need } = route(input.model, demandOfChat(input));
    return {
      ...(queue !== undefined && { queue }),
      ...need,
      execute: async ({ signal, moveTo, emit }) => {
        const { core, reply, tried } = await callCores({
          ...terms,
          signal,
          moveTo,
          emit,
          send: ({ driver }, sending) => driver.chat(input, sending),
        });
        const { limits: _, metadata, ...rest } = reply;
        const shown = downgraded === undefined ? metadata : { ...metadata, downgraded };
        return { ...rest, ...signatureOf(core.settings), ...withTried(shown, tried) };
      },
      usage: (output) => output.usage,
      costUsd: (output) => output.costUsd ?? 0,
      downgrade: ({ model, reason }: Downgrade) =>
        prepareChat({ ...input, model }, { ...(input.model !== undefined && { from: input.model }), reason }),
    };
  };

  return {
    'llm.chat': { prepare: (input) => prepareChat(input, undefined) },
    'llm.embed': {
      prepare: (input) => {
        const { terms, queue, need } = route(input.model, demandOfEmbedding(input.texts));
        return {
          ...(queue !== undefined && { queue }),
          ...need,
          execute: async ({ signal, moveTo }) => {
            const { core, reply, tried } = await callCores({
              ...terms,
              signal,
              moveTo,
              send: ({ driver }, sending) => driver.embed(input.texts, sending),
            });
            const { limits: _, vectors, metadata, ...rest } = reply;
            return {
              vectors,
              dimensions: vectors[0]?.length ?? 0,
              ...rest,
              ...signatureOf(core.settings),
              ...withTried(metadata, tried),
            };
          },
          usage: (output) => output.usage,
          costUsd: (output) => output.costUsd ?? 0,
        };
      },
    },
    'llm.models': handle(() => ({ models: models() })),
  };
}

function withUsd(reserveUsd: number | undefined): { reserveUsd?: number } {
  return reserveUsd === undefined ? {} : { reserveUsd };
}

function signatureOf({ name, provider }: { name: string; provider: { name: string } }) {
  return { model: name, provider: provider.name };
}

/** The metadata of a reply, with the models that were asked before the one that answered, where there were some. */
function withTried(metadata: JsonObject | undefined, tried: readonly Tried[]): { metadata?: JsonObject } {
  if (tried.length === 0) return metadata === undefined ? {} : { metadata };
  return { metadata: { ...metadata, tried: tried.map((entry) => ({ ...entry })) } };
}
