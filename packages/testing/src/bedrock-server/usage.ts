import type { JsonObject } from '@aios/protocol';
import { type ScriptedRequest, type ScriptedTurn, usageOf } from '../scripted-model/index.ts';

/**
 * Bedrock’s usage: its input tokens are those that neither came from the cache nor went to it. It does not count
 * thinking apart. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html
 */
export function usage(turn: ScriptedTurn, request: ScriptedRequest): JsonObject {
  if (turn.usage === null) return { inputTokens: 0, outputTokens: 0, totalTokens: 0 };
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens } = usageOf(turn, request);
  return {
    inputTokens: inputTokens - cachedInputTokens - cacheWriteTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    cacheReadInputTokens: cachedInputTokens,
    cacheWriteInputTokens: cacheWriteTokens,
  };
}
