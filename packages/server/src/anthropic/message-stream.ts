import type { ChatReply } from '@aios/protocol';
import type { ReplyChunk } from '../dialect/index.ts';
import { emptyMessage, type MessageHead, stopReasonOf, usageOf } from './reply.ts';
import { seal } from './sealed-data.ts';

type Kind = 'thinking' | 'text' | 'tool_use';

/** The events of a streamed message, https://platform.claude.com/docs/en/build-with-claude/streaming: one delta a chunk. */
export class MessageStream {
  readonly #head: MessageHead;
  readonly #withThinking: boolean;
  readonly #send: (event: string, data: object) => void;
  #index = -1;
  #open: Kind | undefined;
  #hasThought = false;
  #hasText = false;
  readonly #calls = new Set<string>();
  #begun = false;

  constructor(
    head: MessageHead,
    options: { withThinking: boolean; send: (event: string, data: object) => void },
  ) {
    this.#head = head;
    this.#withThinking = options.withThinking;
    this.#send = options.send;
  }

  chunk(chunk: ReplyChunk): void {
    this.#begin();
    switch (chunk.type) {
      case 'reasoning-delta':
        this.#thinking(chunk.text);
        break;
      case 'text-delta':
        this.#text(chunk.text);
        break;
      case 'tool-call-start':
        this.#startCall(chunk.id, chunk.name);
        break;
      case 'tool-call-delta':
        this.#delta({ type: 'input_json_delta', partial_json: chunk.argumentsText });
        break;
      case 'tool-call-end':
        this.#stop();
        break;
    }
  }

  /** Ends the message with what of the reply was not streamed. */
  finish(reply: ChatReply): void {
    this.#begin();
    const { reasoning, content, toolCalls = [] } = reply.message;
    if (!this.#hasThought && reasoning && !this.#hasText) this.#thinking(reasoning);
    const signature = seal(reply.message);
    if (signature !== undefined) this.#sign(signature);
    if (!this.#hasText && content !== '') this.#text(content);
    for (const call of toolCalls) {
      if (this.#calls.has(call.id)) continue;
      this.#startCall(call.id, call.name);
      this.#delta({ type: 'input_json_delta', partial_json: JSON.stringify(call.arguments) });
    }
    this.#stop();
    this.#send('message_delta', {
      delta: { stop_reason: stopReasonOf(reply), stop_sequence: null },
      usage: usageOf(reply.usage),
    });
    this.#send('message_stop', {});
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#send('message_start', { message: emptyMessage(this.#head) });
  }

  #thinking(text: string): void {
    if (!this.#withThinking) return;
    this.#hasThought = true;
    this.#enter('thinking', { type: 'thinking', thinking: '', signature: '' });
    this.#delta({ type: 'thinking_delta', thinking: text });
  }

  #text(text: string): void {
    this.#hasText = true;
    this.#enter('text', { type: 'text', text: '', citations: null });
    this.#delta({ type: 'text_delta', text });
  }

  #startCall(id: string, name: string): void {
    this.#calls.add(id);
    this.#stop();
    this.#start('tool_use', { type: 'tool_use', id, name, input: {} });
  }

  /** The signature is known at the end only; a thinking block that was left carries it as one of its own. */
  #sign(signature: string): void {
    if (this.#open === 'thinking') {
      this.#delta({ type: 'signature_delta', signature });
      return;
    }
    this.#stop();
    this.#start('thinking', { type: 'redacted_thinking', data: signature });
    this.#stop();
  }

  #enter(kind: Kind, block: object): void {
    if (this.#open === kind) return;
    this.#stop();
    this.#start(kind, block);
  }

  #start(kind: Kind, block: object): void {
    this.#index += 1;
    this.#open = kind;
    this.#send('content_block_start', { index: this.#index, content_block: block });
  }

  #delta(delta: object): void {
    this.#send('content_block_delta', { index: this.#index, delta });
  }

  #stop(): void {
    if (this.#open === undefined) return;
    this.#open = undefined;
    this.#send('content_block_stop', { index: this.#index });
  }
}
