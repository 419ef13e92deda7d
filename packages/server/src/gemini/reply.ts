import { randomBytes } from 'node:crypto';
import type { ChatReply, ToolCall, Usage } from '@aios/protocol';
import { z } from 'zod';

const finishReasons: Record<ChatReply['finishReason'], string> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tool_calls: 'STOP',
  content_filter: 'SAFETY',
  other: 'OTHER',
};

/** What every piece of one answer shares. */
export interface AnswerHead {
  readonly responseId: string;
  /** As the client named it. */
  readonly modelVersion: string;
}

export function answerHead(modelVersion: string): AnswerHead {
  return { responseId: randomBytes(12).toString('base64url'), modelVersion };
}

/** A GenerateContentResponse; `reply` absent: one that more will follow. */
export function toAnswer(head: AnswerHead, parts: readonly object[], reply?: ChatReply) {
  return {
    candidates: [
      {
        content: { role: 'model', parts },
        index: 0,
        ...(reply && { finishReason: finishReasons[reply.finishReason] }),
      },
    ],
    ...(reply && { usageMetadata: usageOf(reply.usage) }),
    ...head,
  };
}

function usageOf({ inputTokens, outputTokens, cachedInputTokens, reasoningTokens = 0 }: Usage) {
  return {
    promptTokenCount: inputTokens,
    candidatesTokenCount: outputTokens - reasoningTokens,
    ...(reasoningTokens > 0 && { thoughtsTokenCount: reasoningTokens }),
    ...(cachedInputTokens !== undefined && { cachedContentTokenCount: cachedInputTokens }),
    totalTokenCount: inputTokens + outputTokens,
  };
}

const signed = z.object({ google: z.object({ thoughtSignature: z.string() }) });

export function callPart({ id, name, arguments: args, providerData }: ToolCall): object {
  const { data } = signed.safeParse(providerData);
  return { functionCall: { id, name, args }, ...data?.google };
}

/** The parts of a reply that was not streamed. */
export function partsOf({ message }: ChatReply, withThoughts: boolean): object[] {
  const { reasoning, content, toolCalls = [] } = message;
  return [
    ...(withThoughts && reasoning ? [{ text: reasoning, thought: true }] : []),
    ...(content === '' ? [] : [{ text: content }]),
    ...toolCalls.map(callPart),
  ];
}
