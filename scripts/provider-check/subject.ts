import {
  type ChatChunk,
  type ChatReply,
  type ChatRequest,
  type EmbedReply,
  type ModelDescription,
  modelCapabilities,
  type SyscallChannel,
} from '@aios/protocol';
import type { Capability } from './check.ts';
import { entryNames } from './target.ts';

export interface Asking {
  readonly model?: string;
  /** Besides the signal that ends the whole check. */
  readonly signal?: AbortSignal;
  /** Asks for a stream. */
  readonly onChunk?: (chunk: ChatChunk) => void;
}

interface SubjectOptions {
  readonly channel: SyscallChannel;
  readonly description: ModelDescription;
  readonly embeds: boolean;
  /** Ends the whole check. */
  readonly signal: AbortSignal;
}

/** The model under check, asked through the kernel’s system calls. Keeps count of what it used. */
export class Subject {
  readonly description: ModelDescription;
  /** Whether an embedding model is to be checked. */
  readonly embeds: boolean;
  /** All replies to chat calls. */
  readonly replies: ChatReply[] = [];
  readonly #channel: SyscallChannel;
  readonly #signal: AbortSignal;
  #tokens = 0;

  constructor({ channel, description, embeds, signal }: SubjectOptions) {
    this.#channel = channel;
    this.description = description;
    this.embeds = embeds;
    this.#signal = signal;
  }

  /** Input and output tokens of all calls so far. */
  get tokens(): number {
    return this.#tokens;
  }

  offers(capability: Capability): boolean {
    return this.description.capabilities.includes(capability);
  }

  /**
   * Of a server of one’s own the kernel does not know what its model can do and lets it try everything, embeddings and chat
   * alike; no provider promises that of one model.
   */
  get isGuessed(): boolean {
    return modelCapabilities.every((capability) => this.offers(capability));
  }

  async chat(request: Omit<ChatRequest, 'model'>, asking: Asking = {}): Promise<ChatReply> {
    const { model = entryNames.chat, signal, onChunk } = asking;
    const reply = await this.#channel.call(
      'llm.chat',
      { ...request, model },
      {
        signal: signal === undefined ? this.#signal : AbortSignal.any([this.#signal, signal]),
        ...(onChunk && { onChunk }),
      },
    );
    this.replies.push(reply);
    this.#count(reply);
    return reply;
  }

  /** Asks one question. */
  ask(question: string, request: Omit<ChatRequest, 'model' | 'messages'> = {}, asking: Asking = {}) {
    return this.chat({ ...request, messages: [{ role: 'user', content: question }] }, asking);
  }

  async embed(texts: string[]): Promise<EmbedReply> {
    const input = { model: entryNames.embed, texts };
    const reply = await this.#channel.call('llm.embed', input, { signal: this.#signal });
    this.#count(reply);
    return reply;
  }

  #count({ usage }: ChatReply | EmbedReply): void {
    this.#tokens += usage.inputTokens + usage.outputTokens;
  }
}
