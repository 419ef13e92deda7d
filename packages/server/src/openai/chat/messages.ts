import type { ChatMessage, ToolCall } from '@aios/protocol';
import { readArguments } from '../call-arguments.ts';
import type { BodyMessage, BodyToolCall } from './body.ts';
import { openContent, textOf } from './content.ts';
import { callDataOf, messageDataOf } from './extra-content.ts';

/** The conversation in the kernel’s words. What old clients say with functions is said with tools. */
export function toMessages(messages: readonly BodyMessage[]): ChatMessage[] {
  const calls = new CallsSoFar();
  return messages.map((message, index) => toMessage(message, index, calls));
}

function toMessage(message: BodyMessage, index: number, calls: CallsSoFar): ChatMessage {
  const name = message.name ?? undefined;
  const named = name === undefined ? {} : { name };
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: textOf(message.content), ...named };
    case 'user':
      return { role: 'user', content: openContent(message.content), ...named };
    case 'assistant': {
      const toolCalls = callsOf(message, index);
      calls.add(toolCalls);
      const { reasoning_content: reasoning, refusal, extra_content: extra } = message;
      const providerData = extra == null ? undefined : messageDataOf(extra);
      return {
        role: 'assistant',
        content: textOf(message.content) || (refusal ?? ''),
        ...named,
        ...(reasoning != null && { reasoning }),
        ...(toolCalls.length > 0 && { toolCalls }),
        ...(providerData && { providerData }),
      };
    }
    case 'tool': {
      const toolCallId = message.tool_call_id ?? calls.idOf(name);
      return {
        role: 'tool',
        toolCallId,
        toolName: name ?? calls.nameOf(toolCallId),
        content: openContent(message.content),
      };
    }
    case 'function':
      return {
        role: 'tool',
        toolCallId: calls.idOf(name),
        toolName: name ?? 'function',
        content: openContent(message.content),
      };
  }
}

/** Results name the call or the tool and seldom both; the other is found in what was said before. */
class CallsSoFar {
  #calls: ToolCall[] = [];

  add(calls: readonly ToolCall[]): void {
    this.#calls.push(...calls);
  }

  nameOf(id: string): string {
    return this.#calls.findLast((call) => call.id === id)?.name ?? 'tool';
  }

  idOf(name: string | undefined): string {
    const call = this.#calls.findLast((candidate) => name === undefined || candidate.name === name);
    return call?.id ?? `call_${name ?? 'tool'}`;
  }
}

function callsOf({ tool_calls: calls, function_call: old }: BodyMessage, index: number): ToolCall[] {
  if (old != null) return [{ id: `call_${index}`, name: old.name, ...readArguments(old.arguments) }];
  return (calls ?? []).flatMap((call, at) => toCall(call, `call_${index}_${at}`));
}

function toCall(
  { id, function: called, custom, extra_content: data }: BodyToolCall,
  fallback: string,
): ToolCall[] {
  const known = id === '' ? fallback : id;
  if (called !== undefined) {
    const call = { id: known, name: called.name, ...readArguments(called.arguments) };
    return [data == null ? call : { ...call, providerData: callDataOf(data) }];
  }
  return custom === undefined ? [] : [{ id: known, name: custom.name, arguments: { input: custom.input } }];
}
