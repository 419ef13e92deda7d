import type { JsonObject } from '@aios/protocol';
import {
  finishReason,
  type ScriptedRequest,
  type ScriptedTurn,
  usageOf,
} from '../../scripted-model/index.ts';

const incompleteReasons: Record<string, string> = {
  length: 'max_output_tokens',
  content_filter: 'content_filter',
};

/** The response as it begins: nothing in it yet. */
export function begunResponse(id: string, body: JsonObject): JsonObject {
  return {
    id,
    object: 'response',
    created_at: 1_760_000_000,
    status: 'in_progress',
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    metadata: {},
    model: body.model ?? '',
    output: [],
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id ?? null,
    reasoning: body.reasoning ?? { effort: null, summary: null },
    service_tier: 'default',
    store: body.store ?? true,
    temperature: body.temperature ?? 1,
    text: body.text ?? { format: { type: 'text' } },
    tool_choice: body.tool_choice ?? 'auto',
    tools: body.tools ?? [],
    top_p: body.top_p ?? 1,
    truncation: 'disabled',
    usage: null,
    user: null,
  };
}

/** The response as it ends: completed, or incomplete for a reason. */
export function endedResponse(
  begun: JsonObject,
  output: JsonObject[],
  turn: ScriptedTurn,
  request: ScriptedRequest,
): JsonObject {
  const reason = incompleteReasons[finishReason(turn)];
  return {
    ...begun,
    status: reason === undefined ? 'completed' : 'incomplete',
    incomplete_details: reason === undefined ? null : { reason },
    output,
    usage: turn.usage === null ? null : usage(turn, request),
  };
}

function usage(turn: ScriptedTurn, request: ScriptedRequest): JsonObject {
  const counted = usageOf(turn, request);
  return {
    input_tokens: counted.inputTokens,
    input_tokens_details: {
      cached_tokens: counted.cachedInputTokens,
      cache_write_tokens: counted.cacheWriteTokens,
    },
    output_tokens: counted.outputTokens,
    output_tokens_details: { reasoning_tokens: counted.reasoningTokens },
    total_tokens: counted.inputTokens + counted.outputTokens,
  };
}
