import type { ChatChunk, ChatMessage, ChatReply } from '@aios/protocol';
import type { Client } from '@aios/sdk';

interface AskOptions {
  readonly signal: AbortSignal;
  readonly onChunk?: ((chunk: ChatChunk) => void) | undefined;
}

/** What was said so far, and to which model the next question goes. */
export class Conversation {
  /** The kernel’s default when undefined. */
  model: string | undefined;
  readonly #client: { llm: Pick<Client['llm'], 'chat'> };
  readonly #system: string | undefined;
  #messages: ChatMessage[] = [];

  constructor(
    client: { llm: Pick<Client['llm'], 'chat'> },
    { model, system }: { model?: string | undefined; system?: string | undefined },
  ) {
    this.#client = client;
    this.model = model;
    this.#system = system;
  }

  /** Forgets all but what the model was told before the conversation. */
  clear(): void {
    this.#messages = [];
  }

  /**
   * Asks and remembers question and answer. Of an answer that was cut off, what had come is remembered; a question without
   * any answer is not, so that it can be asked again.
   */
  async ask(question: string, { signal, onChunk }: AskOptions): Promise<ChatReply> {
    const asked: ChatMessage[] = [...this.#messages, { role: 'user', content: question }];
    let heard = '';
    try {
      const reply = await this.#client.llm.chat(
        {
          messages:
            this.#system === undefined ? asked : [{ role: 'system', content: this.#system }, ...asked],
          ...(this.model !== undefined && { model: this.model }),
        },
        {
          signal,
          onChunk: (chunk) => {
            if (chunk.type === 'text-delta') heard += chunk.text;
            onChunk?.(chunk);
          },
        },
      );
      this.#messages = [...asked, reply.message];
      return reply;
    } catch (error) {
      if (heard !== '') this.#messages = [...asked, { role: 'assistant', content: heard }];
      throw error;
    }
  }
}
