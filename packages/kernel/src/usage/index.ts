import type { Usage } from '@aios/protocol';

/** What two asks of a model used together. */
export function addUsage(left: Usage, right: Usage): Usage {
  const sum = (key: 'cachedInputTokens' | 'cacheWriteTokens' | 'reasoningTokens' | 'resumedInputTokens') => {
    const total = (left[key] ?? 0) + (right[key] ?? 0);
    return total > 0 ? { [key]: total } : {};
  };
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    ...sum('cachedInputTokens'),
    ...sum('cacheWriteTokens'),
    ...sum('reasoningTokens'),
    ...sum('resumedInputTokens'),
    source: left.source === 'provider' && right.source === 'provider' ? 'provider' : 'estimate',
  };
}
