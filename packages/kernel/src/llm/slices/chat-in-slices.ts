import { type ChatChunk, type ChatRequest, toAiosError, type Usage } from '@aios/protocol';
import { costOf } from '../catalogue/index.ts';
import type { Core } from '../core.ts';
import type { DriverReply } from '../driver.ts';
import { type CoresTerms, callCores, partial, type Tried } from '../routing/index.ts';
import { askForSlice, type SlicedCall, type SliceReply } from './slice.ts';

interface SlicedChat extends SlicedCall {
  readonly terms: CoresTerms;
  readonly signal: AbortSignal;
  readonly emit?: (chunk: ChatChunk) => void;
  readonly moveTo: (queue: string) => Promise<number | undefined>;
  /** Whether the slot can be asked for at all: its queue has time slices. */
  readonly mayYield: () => boolean;
}

/** What the slices before the last one came to. */
interface Earlier {
  text: string;
  usage: Usage;
  slices: number;
}

/**
 * Asks for a reply as `callCores` does. Where the slot must be given back before the reply is whole, the generation is stopped,
 * the call queues again and goes on at the same core; what each slice used is charged.
 */
export async function chatInSlices(
  request: ChatRequest,
  chat: SlicedChat,
): Promise<{ core: Core; reply: DriverReply; tried: Tried[] }> {
  const { terms, signal, emit, moveTo } = chat;
  const earlier: Earlier = {
    text: '',
    usage: { inputTokens: 0, outputTokens: 0, source: 'estimate' },
    slices: 0,
  };
  let cores = terms.cores;
  for (;;) {
    const rest = restOf(request, earlier);
    const { core, reply, tried } = await callCores<SliceReply, ChatChunk>({
      ...terms,
      cores,
      signal,
      moveTo,
      emit,
      send: (core, sending) =>
        chat.mayYield() || earlier.slices > 0
          ? askForSlice(core, rest, earlier.text, sending, chat)
          : core.driver.chat(rest, sending),
    }).catch((error: unknown) => {
      throw earlier.slices === 0 ? error : partial(toAiosError(error));
    });
    if (reply.stoppedAt === undefined) return { core, reply: join(earlier, reply, core), tried };
    earlier.text += reply.stoppedAt.text;
    earlier.usage = sum(earlier.usage, reply.usage);
    earlier.slices += 1;
    if (isUsedUp(request, earlier)) {
      const { text } = earlier;
      const end: DriverReply = {
        message: { role: 'assistant', content: text },
        finishReason: 'length',
        usage: earlier.usage,
      };
      return { core, reply: withCost(end, core), tried };
    }
    // It stands at the end of the queue again.
    cores = [core];
  }
}

/** What may still be said of the bound that the request sets. */
function restOf(request: ChatRequest, { usage, slices }: Earlier): ChatRequest {
  if (slices === 0 || request.maxTokens === undefined) return request;
  return { ...request, maxTokens: request.maxTokens - usage.outputTokens };
}

function isUsedUp({ maxTokens }: ChatRequest, { usage }: Earlier): boolean {
  return maxTokens !== undefined && usage.outputTokens >= maxTokens;
}

function join({ text, usage, slices }: Earlier, reply: DriverReply, core: Core): DriverReply {
  if (slices === 0) return reply;
  const joined: DriverReply = {
    ...reply,
    message: { ...reply.message, content: text + reply.message.content },
    usage: sum(usage, reply.usage),
    metadata: { ...reply.metadata, slices: slices + 1 },
  };
  return withCost(joined, core);
}

function withCost(reply: DriverReply, { settings: { prices } }: Core): DriverReply {
  return prices === undefined ? reply : { ...reply, costUsd: costOf(reply.usage, prices) };
}

function sum(first: Usage, second: Usage): Usage {
  return {
    ...second,
    inputTokens: first.inputTokens + second.inputTokens,
    outputTokens: first.outputTokens + second.outputTokens,
    source: 'estimate',
  };
}
