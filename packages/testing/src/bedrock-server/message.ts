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
import { usage } from './usage.ts';

/** A block of a message, whole and as it is streamed. */
interface Block {
  whole: JsonObject;
  /** Only the block of a tool call begins with an event of its own. */
  start?: JsonObject;
  deltas: JsonObject[];
}

const stopReasons: Record<string, string> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'content_filtered',
};

const madeUpSignature = 'c2NyaXB0ZWQgc2lnbmF0dXJl';
const metrics = { latencyMs: 1 };

/** The id of a tool call, made from its place where the script gives none. */
export function toolUseId(call: ScriptedToolCall, index: number): string {
  return call.id ?? `tooluse_${index + 1}`;
}

/** The response of Converse. */
export function converseResponse(turn: ScriptedTurn, request: ScriptedRequest): JsonObject {
  const content = blocksOf(turn).map(({ whole }) => whole);
  return {
    output: { message: { role: 'assistant', content } },
    stopReason: stopReason(turn),
    usage: usage(turn, request),
    metrics,
  };
}

/** The events of the blocks, by the turn’s pieces: a block begins with its first and ends with its last. */
export function blockEvents(turn: ScriptedTurn): JsonObject[][] {
  return blocksOf(turn).flatMap(({ start, deltas }, contentBlockIndex) =>
    deltas.map((delta, place) => {
      const events: JsonObject[] = [{ contentBlockDelta: { contentBlockIndex, delta } }];
      if (place === 0 && start !== undefined)
        events.unshift({ contentBlockStart: { contentBlockIndex, start } });
      if (place === deltas.length - 1) events.push({ contentBlockStop: { contentBlockIndex } });
      return events;
    }),
  );
}

/** The last two events; the usage comes after the end of the message. */
export function messageEnd(turn: ScriptedTurn, request: ScriptedRequest): JsonObject[] {
  return [
    { messageStop: { stopReason: stopReason(turn) } },
    { metadata: { usage: usage(turn, request), metrics } },
  ];
}

function stopReason(turn: ScriptedTurn): string {
  const reason = finishReason(turn);
  return stopReasons[reason] ?? reason;
}

function blocksOf(turn: ScriptedTurn): Block[] {
  return [...reasoningBlock(turn), ...textBlock(turn), ...(turn.toolCalls ?? []).map(toolUseBlock)];
}

function reasoningBlock(turn: ScriptedTurn): Block[] {
  const pieces = textPieces(turn.reasoning);
  if (pieces.length === 0) return [];
  const signature = turn.reasoningSignature ?? madeUpSignature;
  return [
    {
      whole: { reasoningContent: { reasoningText: { text: wholeText(turn.reasoning), signature } } },
      deltas: [
        ...pieces.map((text) => ({ reasoningContent: { text } })),
        { reasoningContent: { signature } },
      ],
    },
  ];
}

function textBlock(turn: ScriptedTurn): Block[] {
  const pieces = textPieces(turn.text);
  if (pieces.length === 0) return [];
  return [{ whole: { text: wholeText(turn.text) }, deltas: pieces.map((text) => ({ text })) }];
}

/** Malformed arguments show in the stream only; a whole message cannot hold them. */
function toolUseBlock(call: ScriptedToolCall, index: number): Block {
  const head = { toolUseId: toolUseId(call, index), name: call.name };
  const pieces = ['', ...cutInto(argumentsText(call), call.pieces ?? 3)];
  return {
    whole: { toolUse: { ...head, input: argumentsObject(call) ?? {} } },
    start: { toolUse: head },
    deltas: pieces.map((input) => ({ toolUse: { input } })),
  };
}
