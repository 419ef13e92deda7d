import { type JsonObject, jsonObject } from '@aios/protocol';
import { wholeText } from './pieces.ts';
import type { ScriptedRequest } from './script.ts';
import type { ScriptedToolCall, ScriptedTurn, ScriptedUsage } from './turn.ts';

/** The finish reason of a turn, in OpenAI’s words. */
export function finishReason(turn: ScriptedTurn): string {
  return turn.finishReason ?? (turn.toolCalls && turn.toolCalls.length > 0 ? 'tool_calls' : 'stop');
}

/** The usage of a turn: its own, or counted by words. */
export function usageOf(turn: ScriptedTurn, request: ScriptedRequest): Required<ScriptedUsage> {
  const reasoningTokens = countWords(wholeText(turn.reasoning));
  return {
    inputTokens: countWords([...request.messages.map(({ text }) => text), request.begun ?? ''].join(' ')),
    outputTokens: countWords(wholeText(turn.text)) + reasoningTokens,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: turn.usage ? 0 : reasoningTokens,
    ...turn.usage,
  };
}

/** A tool call’s arguments as the model wrote them. */
export function argumentsText(call: ScriptedToolCall): string {
  return typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments);
}

/** A tool call’s arguments for a vendor that parses them itself; undefined where they are malformed. */
export function argumentsObject(call: ScriptedToolCall): JsonObject | undefined {
  if (typeof call.arguments !== 'string') return call.arguments;
  try {
    return jsonObject.parse(JSON.parse(call.arguments));
  } catch {
    return undefined;
  }
}

/** Words stand for tokens. */
export function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}
