import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ChatRequest, type ToolCall, toAiosError } from '@aios/protocol';
import type { Driver, DriverCall, DriverReply } from '../../driver.ts';
import { estimateRequestTokens, estimateTextTokens } from '../../tokens/index.ts';
import { offlineNotice } from '../table.ts';
import { hashEmbedding } from './embedding.ts';
import { inFormat } from './in-format.ts';
import { limitText } from './limits.ts';
import { plan } from './plan.ts';

/** Words sent before the event loop gets a turn. */
const wordsPerTurn = 16;
/** Characters embedded before the event loop gets a turn. */
const charactersPerTurn = 64_000;

const metadata = { offline: true, notice: offlineNotice };

/**
 * Answers by fixed rules (see plan.ts). `temperature`, `topP` and `seed` are accepted and change nothing: the same request
 * has the same reply anyway. `maxTokens` and `stop` hold for what it says, not for the arguments of a tool call.
 */
export function createOfflineDriver(): Driver {
  return {
    chat: async (request, call) => {
      await turn(call.signal);
      const next = plan(request);
      return next.kind === 'say'
        ? say(inFormat(next.text, request), request, call)
        : callTool({ id: callId(request), name: next.tool, arguments: next.arguments }, request, call);
    },

    embed: async ({ texts }, { signal }) => {
      const vectors: number[][] = [];
      let characters = charactersPerTurn;
      for (const text of texts) {
        if (characters >= charactersPerTurn) {
          await turn(signal);
          characters = 0;
        }
        vectors.push(hashEmbedding(text));
        characters += text.length;
      }
      const inputTokens = texts.reduce((sum, text) => sum + estimateTextTokens(text), 0);
      return { vectors, usage: { inputTokens, outputTokens: 0, source: 'estimate' }, metadata };
    },
  };
}

async function say(text: string, request: ChatRequest, { signal, emit }: DriverCall): Promise<DriverReply> {
  const { pieces, finishReason } = limitText(text, request);
  if (emit !== undefined) {
    for (const [index, piece] of pieces.entries()) {
      if (index > 0 && index % wordsPerTurn === 0) await turn(signal);
      emit({ type: 'text-delta', text: piece });
    }
  }
  const content = pieces.join('');
  return { ...replyOf(request, content), message: { role: 'assistant', content }, finishReason };
}

function callTool(toolCall: ToolCall, request: ChatRequest, { emit }: DriverCall): DriverReply {
  const argumentsText = JSON.stringify(toolCall.arguments);
  if (emit !== undefined) {
    const { id, name } = toolCall;
    emit({ type: 'tool-call-start', id, name });
    for (const piece of argumentsText.match(/\s*[^\s]+/g) ?? []) {
      emit({ type: 'tool-call-delta', id, argumentsText: piece });
    }
    emit({ type: 'tool-call-end', id });
  }
  const message = { role: 'assistant' as const, content: '', toolCalls: [toolCall] };
  return { ...replyOf(request, argumentsText), message, finishReason: 'tool_calls' };
}

function replyOf(request: ChatRequest, said: string): Pick<DriverReply, 'usage' | 'metadata'> {
  return {
    usage: {
      inputTokens: estimateRequestTokens(request),
      outputTokens: estimateTextTokens(said),
      source: 'estimate',
    },
    metadata,
  };
}

/** The same for the same conversation, and another one for each call in it. */
function callId({ messages }: ChatRequest): string {
  return `offline-${messages.length}`;
}

async function turn(signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw toAiosError(signal.reason);
  await nextTurn();
  if (signal.aborted) throw toAiosError(signal.reason);
}
