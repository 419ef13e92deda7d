import type { ChatReply, ChatRequest } from '@aios/protocol';
import { estimateTextTokens } from '../../tokens/index.ts';

export interface LimitedText {
  /** The words of the text with the white space before each. */
  pieces: string[];
  finishReason: Extract<ChatReply['finishReason'], 'stop' | 'length'>;
}

/** A text as far as `stop` and `maxTokens` let it come, in pieces of one word. */
export function limitText(
  text: string,
  { stop = [], maxTokens }: Pick<ChatRequest, 'stop' | 'maxTokens'>,
): LimitedText {
  const pieces = beforeStop(text, stop).match(/\s*\S+/g) ?? [];
  if (maxTokens === undefined) return { pieces, finishReason: 'stop' };
  let said = '';
  for (const [index, piece] of pieces.entries()) {
    said += piece;
    if (estimateTextTokens(said) > maxTokens) {
      return { pieces: pieces.slice(0, index), finishReason: 'length' };
    }
  }
  return { pieces, finishReason: 'stop' };
}

function beforeStop(text: string, stop: readonly string[]): string {
  const ends = stop.filter((mark) => mark !== '').map((mark) => text.indexOf(mark));
  const first = Math.min(...ends.filter((end) => end >= 0));
  return Number.isFinite(first) ? text.slice(0, first) : text;
}
