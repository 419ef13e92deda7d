import type { ChatReply, ToolCall } from '@aios/protocol';
import { customInput } from '../custom-tools.ts';
import type { ReplyIdentity } from '../identity.ts';
import { usageOf } from '../usage.ts';
import { extraContentOfCall, extraContentOfMessage } from './extra-content.ts';

/** The forms in which tool calls are told. */
export interface CallForm {
  /** The client speaks of functions, as before there were tools. */
  readonly isOld: boolean;
  /** Names of the tools that take text. */
  readonly customs: ReadonlySet<string>;
}

/** A whole reply, with every field of OpenAI’s description: some clients fail without one. */
export function chatCompletion(
  { id, created, model }: ReplyIdentity,
  replies: readonly ChatReply[],
  form: CallForm,
): object {
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: replies.map((reply, index) => ({
      index,
      message: messageOf(reply, form),
      logprobs: null,
      finish_reason: finishReasonOf(reply, form.isOld),
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

function messageOf({ message }: ChatReply, { isOld, customs }: CallForm): object {
  const { content, reasoning, toolCalls = [] } = message;
  const [first] = toolCalls;
  const extra = extraContentOfMessage(message);
  return {
    role: 'assistant',
    content: content === '' && first !== undefined ? null : content,
    refusal: null,
    annotations: [],
    ...(reasoning !== undefined && { reasoning_content: reasoning }),
    ...(extra && { extra_content: extra }),
    ...(first &&
      (isOld
        ? { function_call: functionOf(first) }
        : { tool_calls: toolCalls.map((call) => callOf(call, customs)) })),
  };
}

function callOf(call: ToolCall, customs: CallForm['customs']): object {
  const { id, name } = call;
  const extra = extraContentOfCall(call);
  return {
    id,
    ...(customs.has(name)
      ? { type: 'custom', custom: { name, input: customInput(call) } }
      : { type: 'function', function: functionOf(call) }),
    ...(extra && { extra_content: extra }),
  };
}

function functionOf({ name, arguments: values, malformed }: ToolCall): object {
  return { name, arguments: malformed ?? JSON.stringify(values) };
}
