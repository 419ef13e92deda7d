import type { ChatReply, JsonObject } from '@aios/protocol';
import type { CreateRequest } from './request.ts';

const incompleteReasons: Partial<Record<ChatReply['finishReason'], string>> = {
  length: 'max_output_tokens',
  content_filter: 'content_filter',
};

/** Why a reply ended before its end, in OpenAI’s words; undefined for one that did not. */
export function incompleteReason({ finishReason }: Pick<ChatReply, 'finishReason'>): string | undefined {
  return incompleteReasons[finishReason];
}

/** Fields that are told back as they came. */
const echoed = [
  'client_metadata',
  'max_tool_calls',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'user',
] as const;

/** A response as it begins, in the full shape of OpenAI’s: nothing in it yet. */
export function begunResponse(
  id: string,
  request: CreateRequest,
  isStored: boolean,
  createdAt: number,
): JsonObject {
  const { text, reasoning } = request;
  return {
    id,
    object: 'response',
    created_at: Math.floor(createdAt / 1000),
    status: 'in_progress',
    background: false,
    completed_at: null,
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    metadata: request.metadata ?? {},
    model: request.model ?? '',
    output: [],
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: request.previous_response_id ?? null,
    reasoning: { effort: null, summary: null, ...(reasoning as JsonObject | null | undefined) },
    service_tier: 'default',
    store: isStored,
    temperature: request.temperature ?? 1,
    text: { format: { type: 'text' }, ...withoutNulls(text as JsonObject | null | undefined) },
    tool_choice: request.tool_choice ?? 'auto',
    tools: request.tools ?? [],
    top_logprobs: 0,
    top_p: request.top_p ?? 1,
    truncation: 'disabled',
    usage: null,
    ...withoutNulls(
      Object.fromEntries(echoed.map((name) => [name, request[name] as JsonObject[string] | undefined])),
    ),
  };
}

/** The response as it ends: completed, or incomplete for a reason. */
export function endedResponse(
  begun: JsonObject,
  output: JsonObject[],
  reply: ChatReply,
  completedAt: number,
): JsonObject {
  const reason = incompleteReason(reply);
  return {
    ...begun,
    model: begun.model || reply.model,
    status: reason === undefined ? 'completed' : 'incomplete',
    completed_at: reason === undefined ? Math.floor(completedAt / 1000) : null,
    incomplete_details: reason === undefined ? null : { reason },
    output,
    usage: toUsage(reply.usage),
  };
}

function toUsage(usage: ChatReply['usage']): JsonObject {
  const {
    inputTokens,
    outputTokens,
    cachedInputTokens = 0,
    cacheWriteTokens = 0,
    reasoningTokens = 0,
  } = usage;
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedInputTokens, cache_write_tokens: cacheWriteTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  };
}

function withoutNulls(
  fields: { [key: string]: JsonObject[string] | undefined } | null | undefined,
): JsonObject {
  const kept: JsonObject = {};
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (value !== null && value !== undefined) kept[name] = value;
  }
  return kept;
}
