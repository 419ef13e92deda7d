import {
  AiosError,
  type ChatRequest,
  type ForwardRequest,
  type JsonObject,
  type ModelDescription,
  type SyscallChunk,
  type SyscallInput,
} from '@aios/protocol';
import type { ContextWindow, SnapshotStore } from '../context/index.ts';
import {
  type Downgrade,
  type HandlersOf,
  handle,
  type PreparedCall,
  type SyscallContext,
} from '../syscall/index.ts';
import type { Clock } from './clock.ts';
import type { Core } from './core.ts';
import type { CoreSet } from './core-set.ts';
import { dearest } from './dearest.ts';
import type { Driver, DriverForward, Forwarder, ForwardSending } from './driver.ts';
import { generateAt } from './generation.ts';
import { resolveModel } from './model-names.ts';
import {
  beginningOf,
  callCores,
  type Demand,
  demandOfChat,
  demandOfEmbedding,
  demandOfForward,
  Waste,
} from './routing/index.ts';
import { Fitting, overflowOf } from './window/index.ts';

export interface HandlerOptions {
  /** The cores as they are now. */
  cores: () => CoreSet;
  models: () => ModelDescription[];
  clock: Clock;
  window: ContextWindow;
  /** From 0 up to 1, for the jitter of retries. */
  random: () => number;
  snapshots: Snapshots | undefined;
}

/** Keeps generations of durable processes. */
export type Snapshots = Pick<SnapshotStore, 'find' | 'keeperOf'>;

/** How `llm.*` is answered. A call keeps the cores that it was prepared with, whatever a reload does meanwhile. */
export function llmHandlers({
  cores,
  models,
  clock,
  window,
  random,
  snapshots,
}: HandlerOptions): HandlersOf<'llm'> {
  const route = (name: string | undefined, demand: Demand) => {
    const set = cores();
    const candidates = set.candidates(name, demand);
    const cost = costWithin(candidates, demand);
    const waste = new Waste();
    return {
      queue: candidates[0]?.queue,
      need: {
        queuesItself: true,
        cost,
        conversation: () => beginningOf(demand),
        reserveTokens: cost.inputTokens + cost.outputTokens,
        ...withUsd(dearest(candidates, cost)),
        ...(name !== undefined && { model: name }),
      },
      terms: { cores: candidates, cost, patience: set.patience, clock, random, waste },
    };
  };

  const prepareChat = (input: SyscallInput<'llm.chat'>, why?: JsonObject): PreparedCall<'llm.chat'> => {
    const demand = demandOfChat(input, window.mayChange(input));
    const { terms, queue, need } = route(input.model, demand);
    return {
      ...(queue !== undefined && { queue }),
      ...need,
      execute: async (context) => {
        const estimatedTokens = demand.cost.inputTokens;
        const fitting = new Fitting({ request: input, estimatedTokens, window, context });
        const fitted = { ...terms, cores: await fitting.cores(terms.cores) };
        const { signal, emit, moveTo } = context;
        const { core, reply, tried } = await generateAt(input, {
          terms: fitted,
          signal,
          emit,
          moveTo,
          slot: context,
          ...(snapshots && (await keptOf(snapshots, context, input))),
        });
        const { metadata, ...rest } = reply;
        return { ...rest, ...signatureOf(core.settings), ...withTried(withReason(metadata, why), tried) };
      },
      usage: (output) => terms.waste.addTo(output.usage),
      costUsd: (output) => (output.costUsd ?? 0) + terms.waste.usd,
      downgrade: (to) => prepareChat({ ...input, model: to.model }, reasonOf(input.model, to)),
    };
  };

  const prepareForward = (
    input: SyscallInput<'llm.forward'>,
    isDurable: boolean,
    why?: JsonObject,
  ): PreparedCall<'llm.forward'> => {
    const demand = demandOfForward(input);
    const { terms, queue, need } = translatedWhereTooLong(input, () => route(input.model, demand));
    refuseTranslation(terms.cores, input);
    return {
      ...(queue !== undefined && { queue }),
      ...need,
      execute: async ({ signal, moveTo, emit }) => {
        // The journal must have what a process was told, to tell it again when it is resumed.
        const parts: string[] | undefined = isDurable || emit === undefined ? [] : undefined;
        const { core, reply, tried } = await callCores({
          ...terms,
          signal,
          moveTo,
          emit: input.stream ? streamTo(emit, parts) : undefined,
          send: (core, sending) => forwardTo(core, input, sending),
        });
        const { limits: _, metadata, ...rest } = reply;
        const body = parts !== undefined && input.stream ? { body: parts.join('') } : {};
        return {
          ...rest,
          ...body,
          ...signatureOf(core.settings),
          ...withTried(withReason(metadata, why), tried),
        };
      },
      usage: (output) => terms.waste.addTo(output.usage),
      costUsd: (output) => (output.costUsd ?? 0) + terms.waste.usd,
      downgrade: (to) => {
        // What the cheaper model cannot do by itself is emulated, for which the request must be translated.
        if (cores().able(to.model, demand).length === 0) throw translationNeeded(to.model, input.dialect);
        return prepareForward({ ...input, model: to.model }, isDurable, reasonOf(input.model, to));
      },
    };
  };

  return {
    'llm.chat': {
      resolve: (input, caller) => resolveModel(input, 'llm.chat', caller, cores()),
      prepare: (input) => prepareChat(input),
    },
    'llm.embed': {
      resolve: (input, caller) => resolveModel(input, 'llm.embed', caller, cores()),
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
              send: ({ driver }, sending) => driver.embed(input, sending),
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
          usage: (output) => terms.waste.addTo(output.usage),
          costUsd: (output) => (output.costUsd ?? 0) + terms.waste.usd,
        };
      },
    },
    'llm.count': {
      resolve: (input, caller) => resolveModel(input, 'llm.count', caller, cores()),
      ...handle(async (input, { signal }) => {
        const [core = cores().default] = cores().able(input.model, anyChat);
        const counts = await core.counter.counts(input, signal);
        return { inputTokens: counts.request(input), source: counts.source };
      }),
    },
    'llm.forward': {
      resolve: (input, caller) => resolveModel(input, 'llm.forward', caller, cores()),
      prepare: (input, { process }) => prepareForward(input, process?.durable === true),
    },
    'llm.models': handle(() => ({ models: models() })),
  };
}

const anyChat: Demand = {
  needs: ['chat'],
  messages: undefined,
  cost: { inputTokens: 0, outputTokens: 0 },
  contextTokens: 0,
};
/** What keeps the generation for a call of a durable process, and where an earlier run of the kernel left it. */
async function keptOf(snapshots: Snapshots, { caller, place }: SyscallContext, request: ChatRequest) {
  const { process } = caller;
  if (process === undefined || !process.durable || place === undefined) return {};
  const key = { process, place };
  return { keeper: snapshots.keeperOf(key), restored: await snapshots.find(key, request) };
}

type ForwardChunk = SyscallChunk<'llm.forward'>;

function streamTo(
  emit: ((chunk: ForwardChunk) => void) | undefined,
  parts: string[] | undefined,
): (chunk: ForwardChunk) => void {
  return (chunk) => {
    parts?.push(chunk.text);
    emit?.(chunk);
  };
}

/** Of a conversation that is made to fit, what the window holds is sent. */
function costWithin(cores: readonly Core[], { cost, canShrink }: Demand): Demand['cost'] {
  const windows = cores.map(({ window }) => window.tokens ?? Number.POSITIVE_INFINITY);
  return canShrink ? { ...cost, inputTokens: Math.min(cost.inputTokens, Math.max(...windows)) } : cost;
}

/** A conversation that is too long for every model can be made to fit, but not by passing it on as it is. */
function translatedWhereTooLong<Result>(
  { dialect, model = '' }: ForwardRequest,
  prepare: () => Result,
): Result {
  try {
    return prepare();
  } catch (error) {
    const isTooLong = AiosError.isInstance(error) && error.details?.missing === 'context_tokens';
    throw isTooLong && dialect !== 'openai-embeddings' ? translationNeeded(model, dialect) : error;
  }
}

function refuseTranslation(cores: readonly Core[], { dialect }: ForwardRequest): void {
  const other = cores.find(({ driver }) => driver.forward?.dialects.includes(dialect) !== true);
  if (other !== undefined) throw translationNeeded(other.settings.name, dialect);
}

/** A provider that finds the conversation too long says how large its window is; translated, it can be made to fit. */
async function forwardTo(core: Core, input: ForwardRequest, sending: ForwardSending): Promise<DriverForward> {
  try {
    return await forwarderOf(core.driver, input).send(input, sending);
  } catch (error) {
    const overflow = overflowOf(error);
    if (overflow?.windowTokens === undefined || input.dialect === 'openai-embeddings') throw error;
    core.window.learn(overflow.windowTokens);
    throw translationNeeded(core.settings.name, input.dialect);
  }
}

function forwarderOf({ forward }: Driver, { dialect, model = '' }: ForwardRequest): Forwarder {
  if (forward === undefined) throw translationNeeded(model, dialect);
  return forward;
}

/** Faces look before they forward; a reload in between ends here, and they translate. */
function translationNeeded(model: string, dialect: string): AiosError {
  return new AiosError(
    'failed_precondition',
    `Model "${model}" does not speak ${dialect}. Use llm.chat or llm.embed, which translate.`,
    { details: { model, dialect, translate: true } },
  );
}

function withUsd(reserveUsd: number | undefined): { reserveUsd?: number } {
  return reserveUsd === undefined ? {} : { reserveUsd };
}

function reasonOf(from: string | undefined, { reason }: Downgrade): JsonObject {
  return { ...(from !== undefined && { from }), reason };
}

/** The metadata of a reply, with why another model was asked than the one that was asked for. */
function withReason(
  metadata: JsonObject | undefined,
  downgraded: JsonObject | undefined,
): JsonObject | undefined {
  return downgraded === undefined ? metadata : { ...metadata, downgraded };
}

function signatureOf({ name, provider }: { name: string; provider: { name: string } }) {
  return { model: name, provider: provider.name };
}

/** The metadata of a reply, with the models that were asked before the one that answered, where there were some. */
function withTried(
  metadata: JsonObject | undefined,
  tried: readonly JsonObject[],
): { metadata?: JsonObject } {
  if (tried.length === 0) return metadata === undefined ? {} : { metadata };
  return { metadata: { ...metadata, tried: tried.map((entry) => ({ ...entry })) } };
}
