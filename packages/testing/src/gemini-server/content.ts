import type { JsonObject } from '@aios/protocol';
import {
  argumentsObject,
  argumentsText,
  finishReason,
  type ScriptedRequest,
  type ScriptedTurn,
  textPieces,
  usageOf,
  wholeText,
} from '../scripted-model/index.ts';

export interface SoundCall {
  id: string | undefined;
  name: string;
  args: JsonObject;
  signature: string | undefined;
}

const madeUpSignature = 'c2NyaXB0ZWQgc2lnbmF0dXJl';

const finishReasons: Record<string, string> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tool_calls: 'STOP',
  content_filter: 'SAFETY',
};

/** The whole response of a turn. Thoughts are only told where the request includes them. */
export function wholeResponse(
  turn: ScriptedTurn,
  request: ScriptedRequest,
  includeThoughts: boolean,
): JsonObject {
  const text = wholeText(turn.text);
  const parts = [
    ...(includeThoughts && turn.reasoning !== undefined
      ? [{ text: wholeText(turn.reasoning), thought: true }]
      : []),
    ...(text === '' ? [] : [{ text }]),
    ...callParts(turn),
  ];
  return response(turn, request, parts, ending(turn));
}

/** The responses of a stream, one a piece of the turn. A function call always comes whole. */
export function responsePieces(
  turn: ScriptedTurn,
  request: ScriptedRequest,
  includeThoughts: boolean,
): JsonObject[][] {
  const thoughts = includeThoughts ? textPieces(turn.reasoning) : [];
  const parts = [
    ...thoughts.map((text) => ({ text, thought: true })),
    ...textPieces(turn.text).map((text) => ({ text })),
    ...callParts(turn),
  ];
  return parts.map((part) => [response(turn, request, [part], {})]);
}

/** The last response of a stream. */
export function lastResponse(turn: ScriptedTurn, request: ScriptedRequest): JsonObject {
  return response(turn, request, [{ text: '' }], ending(turn));
}

/** The calls of a turn that are well-formed. The first one is signed, the others where the script says so. */
export function soundCalls({ toolCalls = [] }: ScriptedTurn): SoundCall[] {
  return toolCalls.flatMap(({ id, name, signature, ...call }, index) => {
    const args = argumentsObject({ name, ...call });
    if (args === undefined) return [];
    return [{ id, name, args, signature: signature ?? (index === 0 ? madeUpSignature : undefined) }];
  });
}

function response(
  turn: ScriptedTurn,
  request: ScriptedRequest,
  parts: JsonObject[],
  ending: JsonObject,
): JsonObject {
  return {
    candidates: [{ content: { parts, role: 'model' }, index: 0, ...ending }],
    ...(turn.usage !== null && { usageMetadata: usageMetadata(turn, request) }),
    modelVersion: request.model,
    responseId: 'scripted',
  };
}

/** Gemini parses the calls itself, so malformed arguments end the reply without the call. */
function ending(turn: ScriptedTurn): JsonObject {
  const malformed = turn.toolCalls?.find((call) => argumentsObject(call) === undefined);
  if (malformed !== undefined) {
    return {
      finishReason: 'MALFORMED_FUNCTION_CALL',
      finishMessage: `Malformed function call: ${malformed.name}(${argumentsText(malformed)})`,
    };
  }
  const reason = finishReason(turn);
  return { finishReason: finishReasons[reason] ?? reason };
}

function callParts(turn: ScriptedTurn): JsonObject[] {
  return soundCalls(turn).map(({ id, name, args, signature }) => ({
    functionCall: { ...(id !== undefined && { id }), name, args },
    ...(signature !== undefined && { thoughtSignature: signature }),
  }));
}

/** Gemini counts thoughts beside the candidates’ tokens, and cached tokens within the prompt’s. */
function usageMetadata(turn: ScriptedTurn, request: ScriptedRequest): JsonObject {
  const usage = usageOf(turn, request);
  return {
    promptTokenCount: usage.inputTokens,
    candidatesTokenCount: usage.outputTokens - usage.reasoningTokens,
    totalTokenCount: usage.inputTokens + usage.outputTokens,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: usage.inputTokens }],
    ...(usage.reasoningTokens > 0 && { thoughtsTokenCount: usage.reasoningTokens }),
    ...(usage.cachedInputTokens > 0 && { cachedContentTokenCount: usage.cachedInputTokens }),
  };
}
