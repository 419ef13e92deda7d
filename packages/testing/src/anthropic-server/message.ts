import type { JsonObject } from '@aios/protocol';
import {
  argumentsObject,
  argumentsText,
  cutInto,
  finishReason,
  type ScriptedRequest,
  type ScriptedToolCall,
  type ScriptedTurn,
  textPieces,
  wholeText,
} from '../scripted-model/index.ts';
import { replyId } from '../wire-server/index.ts';
import { usage } from './usage.ts';

/** A block of a message, whole and as it is streamed. */
interface Block {
  whole: JsonObject;
  /** As it begins, empty. */
  start: JsonObject;
  /** One list a piece of the turn. */
  deltas: JsonObject[][];
}

const stopReasons: Record<string, string> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
};

const madeUpSignature = 'c2NyaXB0ZWQgc2lnbmF0dXJl';

/** The id of a tool call, made from its place where the script gives none. */
export function toolUseId(call: ScriptedToolCall, index: number): string {
  return call.id ?? `toolu_${index + 1}`;
}

/** The `message` object of a turn. `thinking` is what the request says about it. */
export function message(turn: ScriptedTurn, request: ScriptedRequest, thinking: JsonObject): JsonObject {
  return {
    ...head(request),
    content: blocksOf(turn, thinking).map(({ whole }) => whole),
    stop_reason: stopReason(turn),
    usage: usage(turn, request),
  };
}

/** The first event: an empty message, with what is known of the usage. */
export function messageStart(turn: ScriptedTurn, request: ScriptedRequest): JsonObject {
  const message = { ...head(request), usage: { ...usage(turn, request), output_tokens: 1 } };
  return { type: 'message_start', message };
}

/** The events of the blocks, by the turn’s pieces: a block begins with its first and ends with its last. */
export function blockEvents(turn: ScriptedTurn, thinking: JsonObject): JsonObject[][] {
  return blocksOf(turn, thinking).flatMap(({ start, deltas }, index) =>
    deltas.map((piece, place) => {
      const events: JsonObject[] = piece.map((delta) => ({ type: 'content_block_delta', index, delta }));
      if (place === 0) events.unshift({ type: 'content_block_start', index, content_block: start });
      if (place === deltas.length - 1) events.push({ type: 'content_block_stop', index });
      return events;
    }),
  );
}

/** The last two events. */
export function messageEnd(turn: ScriptedTurn, request: ScriptedRequest): JsonObject[] {
  const delta = { stop_reason: stopReason(turn), stop_sequence: null };
  return [{ type: 'message_delta', delta, usage: usage(turn, request) }, { type: 'message_stop' }];
}

function head(request: ScriptedRequest): JsonObject {
  const { model } = request;
  return {
    id: replyId('msg_', request),
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
  };
}

function stopReason(turn: ScriptedTurn): string {
  const reason = finishReason(turn);
  return stopReasons[reason] ?? reason;
}

function blocksOf(turn: ScriptedTurn, thinking: JsonObject): Block[] {
  return [...thinkingBlock(turn, thinking), ...textBlock(turn), ...(turn.toolCalls ?? []).map(toolUseBlock)];
}

/** A model thinks unless told not to; who does not ask for its thoughts gets the block with its signature alone. */
function thinkingBlock(turn: ScriptedTurn, thinking: JsonObject): Block[] {
  const all = textPieces(turn.reasoning);
  if (all.length === 0 || thinking.type === 'disabled') return [];
  const pieces = isShown(thinking) ? all : [];
  const signature = turn.reasoningSignature ?? madeUpSignature;
  const deltas = pieces.map((piece) => [{ type: 'thinking_delta', thinking: piece }]);
  return [
    {
      whole: { type: 'thinking', thinking: pieces.join(''), signature },
      start: { type: 'thinking', thinking: '', signature: '' },
      deltas: [...deltas, [{ type: 'signature_delta', signature }]],
    },
  ];
}

/**
 * What is shown by default depends on the model: those that take a budget show their thoughts, later ones, which think
 * adaptively, do not. https://platform.claude.com/docs/en/build-with-claude/thinking#controlling-thinking-display
 */
function isShown({ type, display }: JsonObject): boolean {
  return typeof display === 'string' ? display === 'summarized' : type === 'enabled';
}

function textBlock(turn: ScriptedTurn): Block[] {
  const pieces = textPieces(turn.text);
  if (pieces.length === 0) return [];
  return [
    {
      whole: { type: 'text', text: wholeText(turn.text), citations: null },
      start: { type: 'text', text: '', citations: null },
      deltas: pieces.map((text) => [{ type: 'text_delta', text }]),
    },
  ];
}

/** Malformed arguments show in the stream only; a whole message cannot hold them. */
function toolUseBlock(call: ScriptedToolCall, index: number): Block {
  const start = {
    type: 'tool_use',
    id: toolUseId(call, index),
    name: call.name,
    caller: { type: 'direct' },
    input: {},
  };
  const pieces = ['', ...cutInto(argumentsText(call), call.pieces ?? 3)];
  return {
    whole: { ...start, input: argumentsObject(call) ?? {} },
    start,
    deltas: pieces.map((piece) => [{ type: 'input_json_delta', partial_json: piece }]),
  };
}
