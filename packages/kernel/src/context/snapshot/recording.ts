import type { ChatChunk } from '@aios/protocol';
import type { Progress } from './snapshot.ts';

type ToolCallSoFar = Progress['toolCalls'][number];
type Beyond = Exclude<ChatChunk, { type: 'text-delta' | 'context-fitted' }>;

/** What a model has said in one slice beside its text, and how many pieces of it came up to where. */
export class Recording {
  reasoning = '';
  readonly toolCalls: ToolCallSoFar[] = [];
  /** Of any kind. */
  pieces = 0;
  /** Lengths of the whole text after each piece of it. */
  readonly #ends: number[] = [];

  /** Thinking and calls of tools cannot be taken up again from text. */
  get isText(): boolean {
    return this.reasoning === '' && this.toolCalls.length === 0;
  }

  /** A piece of text came, and the text is so long now. */
  addText(length: number): void {
    this.pieces += 1;
    this.#ends.push(length);
  }

  add(chunk: Beyond): void {
    this.pieces += 1;
    switch (chunk.type) {
      case 'reasoning-delta':
        this.reasoning += chunk.text;
        return;
      case 'tool-call-start':
        this.toolCalls.push({ id: chunk.id, name: chunk.name, argumentsText: '' });
        return;
      case 'tool-call-delta': {
        const call = this.toolCalls.find(({ id }) => id === chunk.id);
        if (call !== undefined) call.argumentsText += chunk.argumentsText;
        return;
      }
      case 'tool-call-end':
        return;
    }
  }

  /** Pieces of text that lie wholly before a place. */
  piecesUpTo(length: number): number {
    const beyond = this.#ends.findIndex((end) => end > length);
    return beyond === -1 ? this.#ends.length : beyond;
  }
}
