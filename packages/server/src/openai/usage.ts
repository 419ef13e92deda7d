import type { Usage } from '@aios/protocol';

/** Tokens in OpenAI’s words, always with all of its fields: clients read them without asking whether they are there. */
export function usageOf(all: readonly Usage[]) {
  const sum = (pick: (usage: Usage) => number | undefined) =>
    all.reduce((total, usage) => total + (pick(usage) ?? 0), 0);
  const prompt = sum(({ inputTokens }) => inputTokens);
  const completion = sum(({ outputTokens }) => outputTokens);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: sum(({ cachedInputTokens }) => cachedInputTokens),
      audio_tokens: 0,
    },
    completion_tokens_details: {
      reasoning_tokens: sum(({ reasoningTokens }) => reasoningTokens),
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
