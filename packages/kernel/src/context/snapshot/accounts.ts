import type { ChatRequest } from '@aios/protocol';
import type { Progress } from './snapshot.ts';

/** The cost of both; undefined where neither is known. */
export function addCost(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined && right === undefined ? undefined : (left ?? 0) + (right ?? 0);
}

/** What may still be said of the bound that the request sets. */
export function restOf(request: ChatRequest, earlier: Progress | undefined): ChatRequest {
  if (earlier === undefined || request.maxTokens === undefined) return request;
  return { ...request, maxTokens: Math.max(1, request.maxTokens - earlier.keptTokens) };
}

/**
 * What earlier slices used, counted anew from what the provider counted for the last one: each read the same prompt and the
 * tokens that were there when it began.
 */
export function countedAnew(earlier: Progress, lastInputTokens: number): Progress {
  const promptTokens = lastInputTokens - earlier.keptTokens;
  if (promptTokens <= 0) return earlier;
  const inputs = earlier.starts.map((start) => promptTokens + start);
  const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0);
  const resumedInputTokens = sumOf(inputs.slice(1));
  const { resumedInputTokens: _, ...usage } = earlier.usage;
  return {
    ...earlier,
    resumedInputTokens,
    usage: {
      ...usage,
      inputTokens: sumOf(inputs),
      ...(resumedInputTokens > 0 && { resumedInputTokens }),
    },
  };
}
