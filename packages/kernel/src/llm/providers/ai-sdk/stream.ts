import type { LanguageModelV4StreamPart, SharedV4Warning } from '@ai-sdk/provider';
import type { DriverCall, DriverReply } from '../../driver.ts';
import { ThinkTags, writesThinkTags } from '../think-tags.ts';
import type { ChatCall } from './chat-call.ts';
import { toProviderError } from './errors.ts';
import { refuseUnfinished, UnfinishedError } from './failure.ts';
import { callProviderData } from './provider-data.ts';
import { ReplyParts } from './reply.ts';
import type { ToolNames } from './tool-names.ts';

type Emit = NonNullable<DriverCall['emit']>;
type ToolCallPart = Extract<LanguageModelV4StreamPart, { type: 'tool-call' }>;

/** Asks for a reply in pieces and passes each on as it comes. */
export async function stream(call: ChatCall, emit: Emit): Promise<DriverReply> {
  const { request, model, options, endpoint, signal } = call;
  const reader = new StreamReader(call, emit);
  try {
    const { stream: pieces, response } = await model.doStream(options);
    for await (const piece of pieces) {
      if (piece.type === 'error') throw piece.error;
      if (piece.type !== 'finish') {
        reader.take(piece);
        continue;
      }
      refuseUnfinished(piece.finishReason);
      reader.finishText();
      const { finishReason, usage } = piece;
      const { warnings } = reader;
      return reader.parts.finish(request, endpoint, {
        finishReason,
        usage,
        warnings,
        headers: response?.headers,
      });
    }
    throw new UnfinishedError();
  } catch (error) {
    throw await toProviderError(error, endpoint, signal, reader.begun);
  }
}

/** Turns the AI SDK’s pieces into ours and keeps what they add up to. */
class StreamReader {
  readonly parts = new ReplyParts();
  warnings: readonly SharedV4Warning[] = [];
  /** Whether a piece has reached the caller. */
  begun = false;
  readonly #names: ToolNames;
  readonly #emit: Emit;
  readonly #tags: ThinkTags | undefined;
  readonly #announced = new Set<string>();

  constructor({ names, endpoint }: ChatCall, emit: Emit) {
    this.#names = names;
    this.#tags = writesThinkTags(endpoint.provider) ? new ThinkTags() : undefined;
    this.#emit = (chunk) => {
      this.begun = true;
      emit(chunk);
    };
  }

  take(piece: LanguageModelV4StreamPart): void {
    switch (piece.type) {
      case 'stream-start':
        this.warnings = piece.warnings;
        break;
      case 'text-delta':
        this.#takeText(this.#tags === undefined ? { text: piece.delta } : this.#tags.add(piece.delta));
        break;
      case 'reasoning-start':
      case 'reasoning-end':
        this.parts.addReasoning(piece.id, '', piece.providerMetadata);
        break;
      case 'reasoning-delta':
        this.parts.addReasoning(piece.id, piece.delta, piece.providerMetadata);
        if (piece.delta !== '') this.#emit({ type: 'reasoning-delta', text: piece.delta });
        break;
      case 'tool-input-start':
        this.#announced.add(piece.id);
        this.#startCall(piece.id, piece);
        break;
      case 'tool-input-delta':
        this.#emit({ type: 'tool-call-delta', id: piece.id, argumentsText: piece.delta });
        break;
      case 'tool-input-end':
        this.#emit({ type: 'tool-call-end', id: piece.id });
        break;
      case 'tool-call':
        this.#takeToolCall(piece);
        break;
    }
  }

  /** Passes on what waited for more to come. */
  finishText(): void {
    if (this.#tags !== undefined) this.#takeText(this.#tags.finish());
  }

  #takeText({ text, reasoning = '' }: { text: string; reasoning?: string }): void {
    if (reasoning !== '') {
      this.parts.addReasoning('tags', reasoning, undefined);
      this.#emit({ type: 'reasoning-delta', text: reasoning });
    }
    if (text === '') return;
    this.parts.text += text;
    this.#emit({ type: 'text-delta', text });
  }

  #startCall(
    id: string,
    { toolName, providerMetadata }: Pick<ToolCallPart, 'toolName' | 'providerMetadata'>,
  ) {
    const providerData = callProviderData(providerMetadata);
    const name = this.#names.decode(toolName);
    this.#emit({ type: 'tool-call-start', id, name, ...(providerData && { providerData }) });
  }

  /** Some vendors send a call at once, without pieces; it is passed on in the same form. */
  #takeToolCall(piece: ToolCallPart): void {
    const { toolCallId: id, input } = piece;
    if (!this.#announced.has(id)) {
      this.#startCall(id, piece);
      this.#emit({ type: 'tool-call-delta', id, argumentsText: input });
      this.#emit({ type: 'tool-call-end', id });
    }
    this.parts.addToolCall(piece, this.#names);
  }
}
