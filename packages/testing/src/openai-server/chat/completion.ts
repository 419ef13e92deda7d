import type { JsonObject } from '@aios/protocol';
import {
  argumentsText,
  cutInto,
  finishReason,
  type ScriptedRequest,
  type ScriptedToolCall,
  type ScriptedTurn,
  textPieces,
  usageOf,
  wholeText,
} from '../../scripted-model/index.ts';
import { replyId } from '../../wire-server/index.ts';
import type { ChatFlavour } from './flavours.ts';

const created = 1_760_000_000;

/** The `chat.completion` object of a turn. */
export function completion(turn: ScriptedTurn, request: ScriptedRequest, flavour: ChatFlavour): JsonObject {
  const calls = turn.toolCalls ?? [];
  const text = wholeText(turn.text);
  const message = {
    role: 'assistant',
    ...flavour.content(text === '' && calls.length > 0 ? null : text, wholeText(turn.reasoning)),
    refusal: null,
    ...(calls.length > 0 && { tool_calls: calls.map((call, index) => toolCall(call, index, flavour)) }),
  };
  return {
    ...head('chat.completion', request),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(turn) }],
    ...(turn.usage !== null && { usage: usage(turn, request, flavour) }),
  };
}

/** The deltas of a turn, one a piece. */
export function deltas(turn: ScriptedTurn, flavour: ChatFlavour): JsonObject[] {
  return [
    ...textPieces(turn.reasoning).map((piece) => flavour.reasoningDelta(piece)),
    ...textPieces(turn.text).map((piece) => ({ content: piece })),
    ...(turn.toolCalls ?? []).flatMap((call, index) => toolCallDeltas(call, index, flavour)),
  ];
}

/** A `chat.completion.chunk`: the first one of a stream carries the role, the last one the reason. */
export function chunk(delta: JsonObject, request: ScriptedRequest, reason: string | null = null): JsonObject {
  return {
    ...head('chat.completion.chunk', request),
    choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
  };
}

/** The last chunks: the reason, and the usage where it is asked for or the vendor tells it anyway. */
export function lastChunks(
  turn: ScriptedTurn,
  request: ScriptedRequest,
  flavour: ChatFlavour,
  includeUsage: boolean,
): JsonObject[] {
  const last = chunk({}, request, finishReason(turn));
  if (turn.usage === null) return [last];
  const told = usage(turn, request, flavour);
  if (flavour.lastChunk !== undefined) return [{ ...last, ...flavour.lastChunk(told) }];
  if (!includeUsage) return [last];
  return [last, { ...head('chat.completion.chunk', request), choices: [], usage: told }];
}

function head(object: string, request: ScriptedRequest): JsonObject {
  const { model } = request;
  return { id: replyId('chatcmpl-', request), object, created, model, system_fingerprint: null };
}

function toolCall(call: ScriptedToolCall, index: number, flavour: ChatFlavour): JsonObject {
  return { ...callHead(call, index, flavour), function: { name: call.name, arguments: argumentsText(call) } };
}

/** The first delta names the call; the arguments follow, or come with it where the vendor sends calls whole. */
function toolCallDeltas(call: ScriptedToolCall, index: number, flavour: ChatFlavour): JsonObject[] {
  const whole = { index, ...toolCall(call, index, flavour) };
  if (flavour.sendsWholeCalls) return [{ tool_calls: [whole] }];
  const begin = { ...whole, function: { name: call.name, arguments: '' } };
  const pieces = cutInto(argumentsText(call), call.pieces ?? 3);
  const rest = pieces.map((piece) => ({ index, function: { arguments: piece } }));
  return [begin, ...rest].map((delta) => ({ tool_calls: [delta] }));
}

function callHead(call: ScriptedToolCall, index: number, flavour: ChatFlavour): JsonObject {
  return {
    id: call.id ?? flavour.callId(index),
    type: 'function',
    ...(call.extraContent !== undefined && { extra_content: call.extraContent }),
  };
}

function usage(turn: ScriptedTurn, request: ScriptedRequest, flavour: ChatFlavour): JsonObject {
  const counted = usageOf(turn, request);
  return {
    prompt_tokens: counted.inputTokens,
    completion_tokens: counted.outputTokens,
    total_tokens: counted.inputTokens + counted.outputTokens,
    prompt_tokens_details: { cached_tokens: counted.cachedInputTokens },
    completion_tokens_details: { reasoning_tokens: counted.reasoningTokens },
    ...flavour.usage?.(counted),
  };
}
