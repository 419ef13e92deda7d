import type { Usage } from '@aios/protocol';

/** What several asks of a model used together. */
export function addUsage(left: Usage, right: Usage): Usage {
  const sum = (key: 'cachedInputTokens' | 'cacheWriteTokens' | 'reasoningTokens') => {
    const total = (left[key] ?? 0) + (right[key] ?? 0);
    return total > 0 ? { [key]: total } : {};
  };
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    ...sum('cachedInputTokens'),
    ...sum('cacheWriteTokens'),
    ...sum('reasoningTokens'),
    source: left.source === 'provider' && right.source === 'provider' ? 'provider' : 'estimate',
  };
}
