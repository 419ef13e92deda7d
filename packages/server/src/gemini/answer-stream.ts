import type { ChatReply } from '@aios/protocol';
import type { ReplyChunk } from '../dialect/index.ts';
import { type AnswerHead, callPart, toAnswer } from './reply.ts';

/** The pieces of a streamed answer. Google’s calls come whole, so they come with the end. */
export class AnswerStream {
  readonly #head: AnswerHead;
  readonly #withThoughts: boolean;
  readonly #send: (answer: object) => void;
  #hasText = false;

  constructor(head: AnswerHead, options: { withThoughts: boolean; send: (answer: object) => void }) {
    this.#head = head;
    this.#withThoughts = options.withThoughts;
    this.#send = options.send;
  }

  chunk(chunk: ReplyChunk): void {
    if (chunk.type === 'text-delta') {
      this.#hasText = true;
      this.#send(toAnswer(this.#head, [{ text: chunk.text }]));
    } else if (chunk.type === 'reasoning-delta' && this.#withThoughts) {
      this.#send(toAnswer(this.#head, [{ text: chunk.text, thought: true }]));
    }
  }

  finish(reply: ChatReply): void {
    const { content, toolCalls = [] } = reply.message;
    const rest = this.#hasText || content === '' ? [] : [{ text: content }];
    const parts = [...rest, ...toolCalls.map(callPart)];
    this.#send(toAnswer(this.#head, parts.length > 0 ? parts : [{ text: '' }], reply));
  }
}
