import type { JsonObject } from '@aios/protocol';
import {
  argumentsObject,
  finishReason,
  type ScriptedRequest,
  type ScriptedToolCall,
  type ScriptedTurn,
  textPieces,
  usageOf,
  wholeText,
} from '../scripted-model/index.ts';

const createdAt = '2026-01-01T00:00:00.000000Z';

/** Ollama says `stop` after tool calls too. */
const doneReasons: Record<string, string> = { tool_calls: 'stop', content_filter: 'stop' };

/** The whole response of a turn. Thoughts are left out where the request does not want them. */
export function wholeReply(turn: ScriptedTurn, request: ScriptedRequest, thinks: boolean): JsonObject {
  const thinking = thinks ? wholeText(turn.reasoning) : '';
  const calls = (turn.toolCalls ?? []).map(toolCall);
  const message = {
    role: 'assistant',
    content: wholeText(turn.text),
    ...(thinking !== '' && { thinking }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return { ...head(request), message, ...ending(turn, request) };
}

/** The lines of a stream, one a piece of the turn. A tool call always comes whole. */
export function replyPieces(turn: ScriptedTurn, request: ScriptedRequest, thinks: boolean): JsonObject[][] {
  const messages: JsonObject[] = [
    ...(thinks ? textPieces(turn.reasoning) : []).map((thinking) => ({ content: '', thinking })),
    ...textPieces(turn.text).map((content) => ({ content })),
    ...(turn.toolCalls ?? []).map((call, index) => ({ content: '', tool_calls: [toolCall(call, index)] })),
  ];
  return messages.map((message) => [
    { ...head(request), message: { role: 'assistant', ...message }, done: false },
  ]);
}

/** The last line of a stream. */
export function lastLine(turn: ScriptedTurn, request: ScriptedRequest): JsonObject {
  return { ...head(request), message: { role: 'assistant', content: '' }, ...ending(turn, request) };
}

function head({ model }: ScriptedRequest): JsonObject {
  return { model, created_at: createdAt };
}

function toolCall(call: ScriptedToolCall, index: number): JsonObject {
  const id = call.id ?? `call_${index + 1}`;
  return { id, function: { index, name: call.name, arguments: argumentsObject(call) ?? {} } };
}

function ending(turn: ScriptedTurn, request: ScriptedRequest): JsonObject {
  const reason = finishReason(turn);
  const usage = usageOf(turn, request);
  return {
    done: true,
    done_reason: doneReasons[reason] ?? reason,
    total_duration: 3_000_000,
    load_duration: 1_000_000,
    ...(turn.usage !== null && {
      prompt_eval_count: usage.inputTokens,
      prompt_eval_duration: 1_000_000,
      eval_count: usage.outputTokens,
      eval_duration: 1_000_000,
    }),
  };
}
