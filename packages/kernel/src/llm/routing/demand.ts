import type { ChatRequest, ForwardRequest } from '@aios/protocol';
import { beginningOf } from '../providers/forward/index.ts';
import type { Capability } from '../providers/provider.ts';
import {
  defaultReplyTokens,
  estimateBodyTokens,
  estimateRequestTokens,
  estimateTextTokens,
} from '../tokens/index.ts';
import type { RoutedCall } from './strategy.ts';

/** What a call asks of a core. */
export interface Demand extends RoutedCall {
  readonly needs: readonly Capability[];
  /** Estimated tokens that must fit into the context window: the input, and the reply where its size was asked for. */
  readonly contextTokens: number;
  /** What does not fit may be made to fit. */
  readonly canShrink?: true;
}

/** Tools and JSON are no needs: the kernel emulates them where a model lacks them. */
export function demandOfChat(request: ChatRequest, canShrink: boolean): Demand {
  const inputTokens = estimateRequestTokens(request);
  return {
    needs: request.messages.some(hasImage) ? ['chat', 'images'] : ['chat'],
    messages: request.messages,
    cost: { inputTokens, outputTokens: request.maxTokens ?? defaultReplyTokens },
    contextTokens: inputTokens + (request.maxTokens ?? 0),
    ...(canShrink && { canShrink }),
  };
}

/** The window holds one text at a time. */
export function demandOfEmbedding(texts: readonly string[]): Demand {
  const tokens = texts.map(estimateTextTokens);
  return {
    needs: ['embed'],
    messages: undefined,
    cost: { inputTokens: tokens.reduce((sum, count) => sum + count, 0), outputTokens: 0 },
    contextTokens: Math.max(...tokens),
  };
}

/** What a request that is passed on needs, its model must have: nothing is emulated for it. */
export function demandOfForward({ dialect, body, needs, maxTokens }: ForwardRequest): Demand {
  const isEmbedding = dialect === 'openai-embeddings';
  const inputTokens = estimateBodyTokens(body, needs.includes('images'));
  const usual: Capability = isEmbedding ? 'embed' : 'chat';
  return {
    needs: needs.includes(usual) ? needs : [usual, ...needs],
    messages: undefined,
    beginning: () => beginningOf(body),
    cost: { inputTokens, outputTokens: isEmbedding ? 0 : (maxTokens ?? defaultReplyTokens) },
    contextTokens: isEmbedding ? 0 : inputTokens + (maxTokens ?? 0),
  };
}

function hasImage({ content }: ChatRequest['messages'][number]): boolean {
  return typeof content !== 'string' && content.some((part) => part.type === 'image');
}
