import type { DriverCall, DriverReply } from '../driver.ts';
import type { Chat } from './with-emulation.ts';

/**
 * Keeps to one tool call in a reply where that was asked for, whatever the provider does: many know no switch for it, and
 * some ignore theirs. The first call is delivered, in a stream too; the reply is marked where others were dropped.
 */
export function withSingleToolCall(chat: Chat): Chat {
  return async (request, call) => {
    if (request.parallelToolCalls !== false) return chat(request, call);
    const reply = await chat(request, firstCallOnly(call));
    const [first, ...dropped] = reply.message.toolCalls ?? [];
    return first === undefined || dropped.length === 0 ? reply : keepFirst(reply, first);
  };
}

function keepFirst(reply: DriverReply, first: NonNullable<DriverReply['message']['toolCalls']>[number]) {
  return {
    ...reply,
    message: { ...reply.message, toolCalls: [first] },
    emulated: [...(reply.emulated ?? []), 'single_tool_call' as const],
  };
}

function firstCallOnly(call: DriverCall): DriverCall {
  const { emit } = call;
  if (emit === undefined) return call;
  let first: string | undefined;
  return {
    ...call,
    emit: (chunk) => {
      if (chunk.type === 'tool-call-start') first ??= chunk.id;
      if (!('id' in chunk) || chunk.id === first) emit(chunk);
    },
  };
}
