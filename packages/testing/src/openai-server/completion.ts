import type { JsonObject } from '@aios/protocol';
import {
  cutInto,
  type ScriptedRequest,
  type ScriptedToolCall,
  type ScriptedTurn,
  textPieces,
  wholeText,
} from '../scripted-model/index.ts';

const created = 1_760_000_000;

/** The `chat.completion` object of a turn. */
export function completion(turn: ScriptedTurn, request: ScriptedRequest): object {
  const calls = turn.toolCalls ?? [];
  const text = wholeText(turn.text);
  const reasoning = wholeText(turn.reasoning);
  const message = {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls.map(toolCall) }),
  };
  return {
    ...head('chat.completion', request),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(turn) }],
    ...(turn.usage !== null && { usage: usage(turn, request) }),
  };
}

/** The deltas of a turn, one a chunk. */
export function deltas(turn: ScriptedTurn): JsonObject[] {
  return [
    ...textPieces(turn.reasoning).map((piece) => ({ reasoning_content: piece })),
    ...textPieces(turn.text).map((piece) => ({ content: piece })),
    ...(turn.toolCalls ?? []).flatMap(toolCallDeltas),
  ];
}

/** A `chat.completion.chunk`: the first one of a stream carries the role, the last one the reason. */
export function chunk(delta: JsonObject, request: ScriptedRequest, reason: string | null = null): object {
  return {
    ...head('chat.completion.chunk', request),
    choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
  };
}

/** The chunk that `stream_options.include_usage` asks for. */
export function usageChunk(turn: ScriptedTurn, request: ScriptedRequest): object {
  return { ...head('chat.completion.chunk', request), choices: [], usage: usage(turn, request) };
}

export function finishReason(turn: ScriptedTurn): string {
  return turn.finishReason ?? (turn.toolCalls && turn.toolCalls.length > 0 ? 'tool_calls' : 'stop');
}

function head(object: string, { model }: ScriptedRequest) {
  return { id: 'chatcmpl-scripted', object, created, model };
}

function toolCall(call: ScriptedToolCall, index: number): JsonObject {
  return {
    id: idOf(call, index),
    type: 'function',
    function: { name: call.name, arguments: argumentsText(call) },
    ...extra(call),
  };
}

function toolCallDeltas(call: ScriptedToolCall, index: number): JsonObject[] {
  const begin = {
    index,
    id: idOf(call, index),
    type: 'function',
    function: { name: call.name, arguments: '' },
    ...extra(call),
  };
  const pieces = cutInto(argumentsText(call), call.pieces ?? 3);
  return [begin, ...pieces.map((piece) => ({ index, function: { arguments: piece } }))].map((delta) => ({
    tool_calls: [delta],
  }));
}

function idOf(call: ScriptedToolCall, index: number): string {
  return call.id ?? `call_${index + 1}`;
}

function extra({ extraContent }: ScriptedToolCall): JsonObject {
  return extraContent === undefined ? {} : { extra_content: extraContent };
}

function argumentsText(call: ScriptedToolCall): string {
  return typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments);
}

function usage(turn: ScriptedTurn, request: ScriptedRequest) {
  const input = turn.usage?.inputTokens ?? countWords(request.messages.map(({ text }) => text).join(' '));
  const output = turn.usage?.outputTokens ?? countWords(wholeText(turn.text));
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}

function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}
