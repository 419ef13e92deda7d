import {
  type AiosError,
  type ChatChunk,
  type ChatRequest,
  type JsonObject,
  toAiosError,
} from '@aios/protocol';
import { addUsage } from '../../usage/index.ts';
import { addCost } from './accounts.ts';
import type { GeneratedReply, Keeper, Model, Models, Sending, SliceEnd, SlotControl } from './ports.ts';
import { Slice } from './slice.ts';
import type { Progress } from './snapshot.ts';

export interface Generation {
  readonly models: Models;
  readonly slot: SlotControl;
  /** Takes the pieces of the reply as they come; absent when nobody wants a stream. */
  readonly emit?: ((chunk: ChatChunk) => void) | undefined;
  readonly keeper?: Keeper | undefined;
  /** Where an earlier run of the kernel left it. */
  readonly restored?: Progress | undefined;
  /** Makes the error of a later slice, whose caller holds a part of the reply. */
  readonly partial: (error: AiosError) => AiosError;
}

export interface Generated {
  readonly reply: GeneratedReply;
  /** Models that were asked and did not answer. */
  readonly tried: readonly JsonObject[];
}

/**
 * Generates a reply. Where the slot must be given back before the reply is whole, the generation is stopped, the call queues
 * again and the model goes on; one that cannot runs to its end, and its reply says so. What each slice used is charged.
 */
export async function generate(request: ChatRequest, generation: Generation): Promise<Generated> {
  const { models, emit, restored } = generation;
  const canGoOn = restored?.method !== undefined && restored.cut > 0 && models.canGoOnFrom(restored.origin);
  const run = new Run(request, generation, canGoOn ? restored : undefined);
  if (canGoOn) emit?.({ type: 'text-delta', text: restored.text });
  const { reply, tried } = await run.untilWhole();
  return { reply: restored === undefined || canGoOn ? reply : withLost(reply, restored), tried };
}

/** The slices of one generation. */
class Run {
  readonly #request: ChatRequest;
  readonly #generation: Generation;
  readonly #tried: JsonObject[] = [];
  #earlier: Progress | undefined;
  #slice: Slice | undefined;
  /** The text would be the same each time. */
  #isGreedy: boolean;
  #whyWhole: string | undefined;

  constructor(request: ChatRequest, generation: Generation, restored: Progress | undefined) {
    this.#request = request;
    this.#generation = generation;
    this.#earlier = restored;
    this.#isGreedy = request.temperature === 0 || request.topK === 1;
  }

  async untilWhole(): Promise<Generated> {
    const { models, partial } = this.#generation;
    const tried = this.#tried;
    for (;;) {
      const asked = models.ask(this.#earlier?.origin, (model, sending) => this.#send(model, sending));
      const answer = await asked.catch((error: unknown) => {
        throw this.#earlier === undefined ? error : partial(toAiosError(error));
      });
      tried.push(...answer.tried);
      if (answer.end.kind === 'whole') return { reply: this.#joined(answer.end.reply), tried };
      this.#stop();
      if (this.#earlier !== undefined && isUsedUp(this.#request, this.#earlier)) {
        return { reply: endOf(this.#earlier), tried };
      }
    }
  }

  async #send(model: Model, sending: Sending): Promise<SliceEnd> {
    const { models, slot, keeper, emit } = this.#generation;
    const earlier = this.#earlier;
    this.#slice = undefined;
    if (!slot.mayYield() && keeper === undefined && earlier === undefined)
      return whole(this.#request, model, sending);
    const continuation = model.continuationOf(this.#request);
    if ('reason' in continuation) {
      this.#runToEnd(continuation.reason);
      return whole(this.#request, model, sending);
    }
    this.#slice = new Slice(
      {
        models,
        model,
        request: this.#request,
        earlier,
        continuation,
        isGreedy: this.#isGreedy,
        slot,
        runToEnd: (reason) => this.#runToEnd(reason),
        keeper,
      },
      emit !== undefined,
    );
    return this.#slice.run(sending);
  }

  #runToEnd(reason: string): void {
    const { slot } = this.#generation;
    if (!slot.mayYield()) return;
    this.#whyWhole = reason;
    slot.runToEnd(reason);
  }

  #stop(): void {
    if (this.#slice === undefined) return;
    this.#earlier = this.#slice.progress();
    // An endpoint that writes another text the second time is sent everything from here on.
    if (this.#slice.diverged) this.#isGreedy = false;
  }

  #joined(reply: GeneratedReply): GeneratedReply {
    const slice = this.#slice;
    const runsToEnd: JsonObject = this.#whyWhole === undefined ? {} : { runsToEnd: this.#whyWhole };
    if (slice === undefined || this.#earlier === undefined) return withMetadata(reply, runsToEnd);
    const earlier = slice.recounted(reply.usage);
    const { inputTokens } = reply.usage;
    const usage = addUsage(earlier.usage, { ...reply.usage, resumedInputTokens: inputTokens });
    const costUsd = addCost(earlier.costUsd, reply.costUsd);
    return withMetadata(
      { ...reply, usage: { ...usage, source: 'estimate' }, ...(costUsd !== undefined && { costUsd }) },
      { ...runsToEnd, resumed: resumptionOf(earlier, earlier.slices + 1) },
    );
  }
}

async function whole(request: ChatRequest, model: Model, sending: Sending): Promise<SliceEnd> {
  const reply = await model.chat(request, sending);
  return { kind: 'whole', usage: reply.usage, reply };
}

function isUsedUp({ maxTokens }: ChatRequest, { keptTokens }: Progress): boolean {
  return maxTokens !== undefined && keptTokens >= maxTokens;
}

/** The reply of a generation that was stopped where its bound is. */
function endOf(earlier: Progress): GeneratedReply {
  const { text, usage, costUsd, slices } = earlier;
  return {
    message: { role: 'assistant', content: text },
    finishReason: 'length',
    usage,
    ...(costUsd !== undefined && { costUsd }),
    metadata: { resumed: resumptionOf(earlier, slices) },
  };
}

/** How often a reply was taken up again, how, and how many tokens were written a second time. */
function resumptionOf({ method, repeatedOutputTokens }: Progress, slices: number): JsonObject {
  return { slices, ...(method !== undefined && { method }), repeatedOutputTokens };
}

/** With what an earlier run of the kernel had got and could not be gone on with. */
function withLost(reply: GeneratedReply, lost: Progress): GeneratedReply {
  const costUsd = addCost(lost.costUsd, reply.costUsd);
  return withMetadata(
    { ...reply, usage: addUsage(lost.usage, reply.usage), ...(costUsd !== undefined && { costUsd }) },
    { askedAgain: true },
  );
}

function withMetadata(reply: GeneratedReply, added: JsonObject): GeneratedReply {
  return Object.keys(added).length === 0 ? reply : { ...reply, metadata: { ...reply.metadata, ...added } };
}
