import type { JsonObject } from '@aios/protocol';
import { type ScriptedRequest, type ScriptedTurn, usageOf } from '../scripted-model/index.ts';

/** Anthropic’s usage: its input tokens are those that neither came from the cache nor went to it. */
export function usage(turn: ScriptedTurn, request: ScriptedRequest): JsonObject {
  if (turn.usage === null) return { input_tokens: 0, output_tokens: 0 };
  const { inputTokens, outputTokens, ...details } = usageOf(turn, request);
  return {
    input_tokens: inputTokens - details.cachedInputTokens - details.cacheWriteTokens,
    cache_creation_input_tokens: details.cacheWriteTokens,
    cache_read_input_tokens: details.cachedInputTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: details.cacheWriteTokens,
      ephemeral_1h_input_tokens: 0,
    },
    output_tokens: outputTokens,
    output_tokens_details: { thinking_tokens: details.reasoningTokens },
    server_tool_use: null,
    service_tier: 'standard',
  };
}
