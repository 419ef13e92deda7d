import { randomBytes } from 'node:crypto';
import type { ChatReply, Usage } from '@aios/protocol';
import { seal } from './sealed-data.ts';

const stopReasons: Record<ChatReply['finishReason'], string> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
  other: 'end_turn',
};

/** What every form of one answer shares. */
export interface MessageHead {
  readonly id: string;
  /** As the client named it. */
  readonly model: string;
}

export function messageHead(model: string): MessageHead {
  return { id: `msg_${randomBytes(12).toString('hex')}`, model };
}

export function stopReasonOf({ finishReason }: ChatReply): string {
  return stopReasons[finishReason];
}

/** Input that came from a cache or went into one is counted apart, as Anthropic does. */
export function usageOf({ inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0 }: Usage) {
  return {
    input_tokens: Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens),
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cachedInputTokens,
    output_tokens: outputTokens,
  };
}

/** The empty message that a stream begins with, and the frame of a whole one. */
export function emptyMessage({ id, model }: MessageHead) {
  const usage = usageOf({ inputTokens: 0, outputTokens: 0, source: 'estimate' });
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [] as object[],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usage, service_tier: 'standard' },
  };
}

/** The answer to a request that does not stream. */
export function toMessage(reply: ChatReply, head: MessageHead, withThinking: boolean) {
  const { content, toolCalls = [] } = reply.message;
  return {
    ...emptyMessage(head),
    content: [
      ...thinkingBlocks(reply, withThinking),
      ...(content === '' ? [] : [{ type: 'text', text: content, citations: null }]),
      ...toolCalls.map((call) => ({ type: 'tool_use', id: call.id, name: call.name, input: call.arguments })),
    ],
    stop_reason: stopReasonOf(reply),
    usage: { ...usageOf(reply.usage), service_tier: 'standard' },
  };
}

/** Who does not want the thinking still carries what the provider wants back. */
function thinkingBlocks({ message }: ChatReply, withThinking: boolean): object[] {
  const signature = seal(message);
  if (withThinking && message.reasoning) {
    return [{ type: 'thinking', thinking: message.reasoning, signature: signature ?? '' }];
  }
  return signature === undefined ? [] : [{ type: 'redacted_thinking', data: signature }];
}
