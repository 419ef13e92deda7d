import type { ChatChunk, ChatRequest } from '@aios/protocol';
import type { Core } from '../core.ts';

/** How far a generation has come. In its simplest form: the text, and a count of its tokens. */
export class Snapshot {
  text = '';
  /** As many as there were pieces: engines send one for each token. */
  outputTokens = 0;
  #isText = true;

  /** Whether the generation can go on from here. Thinking and calls of tools cannot be taken up again from text. */
  get isResumable(): boolean {
    return this.#isText && this.text !== '';
  }

  take(chunk: ChatChunk): void {
    this.outputTokens += 1;
    if (chunk.type === 'text-delta') this.text += chunk.text;
    else this.#isText = false;
  }
}

/**
 * Whether a generation can be stopped and taken up again: the core knows how to continue a message, and nothing about the reply
 * needs it whole. Tools and JSON are read or enforced by engines from the beginning of a reply.
 */
export function canResume({ tools = [], responseFormat, reasoningEffort }: ChatRequest, core: Core): boolean {
  const { continuation } = core.settings.provider.quirks;
  const isPlain = tools.length === 0 && responseFormat === undefined;
  return continuation !== undefined && isPlain && (reasoningEffort ?? 'none') === 'none';
}
