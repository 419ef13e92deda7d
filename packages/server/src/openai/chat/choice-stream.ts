import type { ChatReply } from '@aios/protocol';
import type { ReplyChunk } from '../../dialect/index.ts';
import { customInput } from '../custom-tools.ts';
import type { ChunkWriter } from './chunks.ts';
import { type CallForm, finishReasonOf } from './completion.ts';
import { extraContentOfCall, extraContentOfMessage } from './extra-content.ts';

type ChunkOf<Type extends ReplyChunk['type']> = Extract<ReplyChunk, { type: Type }>;

interface BegunCall {
  readonly index: number;
  /** It takes text, which is known only once its JSON is whole. */
  readonly isCustom: boolean;
  /** What the provider wants back with it was told. */
  readonly isSigned: boolean;
}

/** One choice of a stream: turns the kernel’s pieces into deltas, one into one. */
export class ChoiceStream {
  readonly #writer: ChunkWriter;
  readonly #index: number;
  readonly #form: CallForm;
  readonly #calls = new Map<string, BegunCall>();
  #begun = false;

  constructor(writer: ChunkWriter, index: number, form: CallForm) {
    this.#writer = writer;
    this.#index = index;
    this.#form = form;
  }

  take(chunk: ReplyChunk): void {
    this.#begin();
    const delta = this.#deltaOf(chunk);
    if (delta !== undefined) this.#writer.delta(this.#index, delta);
  }

  finish(reply: ChatReply, usage: object | undefined): void {
    this.#begin();
    for (const delta of this.#lastDeltas(reply)) this.#writer.delta(this.#index, delta);
    this.#writer.finish(this.#index, finishReasonOf(reply, this.#form.isOld), usage);
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#writer.delta(this.#index, { role: 'assistant', content: '', refusal: null });
  }

  #deltaOf(chunk: ReplyChunk): object | undefined {
    switch (chunk.type) {
      case 'text-delta':
        return { content: chunk.text };
      case 'reasoning-delta':
        return { reasoning_content: chunk.text };
      case 'tool-call-start':
        return this.#beginCall(chunk);
      case 'tool-call-delta':
        return this.#growCall(chunk);
      case 'tool-call-end':
        return undefined;
    }
  }

  #beginCall(chunk: ChunkOf<'tool-call-start'>): object | undefined {
    const { id, name } = chunk;
    const index = this.#calls.size;
    const isCustom = this.#form.customs.has(name);
    const extra = extraContentOfCall(chunk);
    this.#calls.set(id, { index, isCustom, isSigned: extra !== undefined });
    const called = { name, arguments: '' };
    if (this.#form.isOld) return index === 0 ? { function_call: called } : undefined;
    const form = isCustom
      ? { type: 'custom', custom: { name, input: '' } }
      : { type: 'function', function: called };
    return { tool_calls: [{ index, id, ...form, ...(extra && { extra_content: extra }) }] };
  }

  #growCall({ id, argumentsText }: ChunkOf<'tool-call-delta'>): object | undefined {
    const call = this.#calls.get(id);
    if (call === undefined || call.isCustom) return undefined;
    const { index } = call;
    const called = { arguments: argumentsText };
    if (this.#form.isOld) return index === 0 ? { function_call: called } : undefined;
    return { tool_calls: [{ index, function: called }] };
  }

  /** What is known at the end only: the text of calls that take text, and what the provider wants back. */
  *#lastDeltas({ message }: ChatReply): Generator<object> {
    if (this.#form.isOld) return;
    for (const call of message.toolCalls ?? []) {
      const begun = this.#calls.get(call.id);
      if (begun === undefined) continue;
      const extra = begun.isSigned ? undefined : extraContentOfCall(call);
      if (!begun.isCustom && extra === undefined) continue;
      // Clients read the function of every delta of a call.
      const form = begun.isCustom
        ? { custom: { input: customInput(call) } }
        : { function: { arguments: '' } };
      yield { tool_calls: [{ index: begun.index, ...form, ...(extra && { extra_content: extra }) }] };
    }
    const extra = extraContentOfMessage(message);
    if (extra !== undefined) yield { extra_content: extra };
  }
}
