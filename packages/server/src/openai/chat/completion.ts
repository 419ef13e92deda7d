import type { ChatReply, ToolCall } from '@aios/protocol';
import type { ReplyIdentity } from '../identity.ts';
import { usageOf } from '../usage.ts';

/** A whole reply, with every field of OpenAI’s description: some clients fail without one. */
export function chatCompletion(
  { id, created, model }: ReplyIdentity,
  replies: readonly ChatReply[],
  isOld: boolean,
): object {
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: replies.map((reply, index) => ({
      index,
      message: messageOf(reply, isOld),
      logprobs: null,
      finish_reason: finishReasonOf(reply, isOld),
    })),
    usage: usageOf(replies.map(({ usage }) => usage)),
    service_tier: 'default',
    system_fingerprint: null,
  };
}

/** `isOld`: the client speaks of functions, as before there were tools. */
export function finishReasonOf({ finishReason }: Pick<ChatReply, 'finishReason'>, isOld: boolean): string {
  if (finishReason === 'tool_calls' && isOld) return 'function_call';
  return finishReason === 'other' ? 'stop' : finishReason;
}

function messageOf({ message }: ChatReply, isOld: boolean): object {
  const { content, reasoning, toolCalls = [] } = message;
  const [first] = toolCalls;
  return {
    role: 'assistant',
    content: content === '' && first !== undefined ? null : content,
    refusal: null,
    annotations: [],
    ...(reasoning !== undefined && { reasoning_content: reasoning }),
    ...(first && (isOld ? { function_call: functionOf(first) } : { tool_calls: toolCalls.map(callOf) })),
  };
}

/** `extra_content` is where Google’s endpoint for OpenAI’s clients has the signature that it wants back with the call. */
function callOf(call: ToolCall): object {
  const { id, providerData } = call;
  return {
    id,
    type: 'function',
    function: functionOf(call),
    ...(providerData && { extra_content: providerData }),
  };
}

function functionOf({ name, arguments: values, malformed }: ToolCall): object {
  return { name, arguments: malformed ?? JSON.stringify(values) };
}
