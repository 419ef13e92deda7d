import {
  APICallError,
  type LanguageModelV4,
  type LanguageModelV4CallOptions,
  type LanguageModelV4Content,
  type LanguageModelV4FinishReason,
  type LanguageModelV4StreamPart,
  type LanguageModelV4ToolCall,
  type LanguageModelV4Usage,
} from '@ai-sdk/provider';
import { createJsonResponseHandler, postJsonToApi, type ResponseHandler } from '@ai-sdk/provider-utils';
import { readLines } from '../json-lines.ts';
import { type OllamaModel, toOllamaRequest } from './request.ts';
import { type ChatLine, chatLine, failedResponse, type OllamaServer } from './wire.ts';

type WireToolCall = NonNullable<NonNullable<ChatLine['message']>['tool_calls']>[number];

/** A chat model of an Ollama server, as the AI SDK sees one. */
export function createOllamaModel(
  model: OllamaModel,
  { origin, headers, fetch }: OllamaServer,
): LanguageModelV4 {
  const post = async <Value>(
    options: LanguageModelV4CallOptions,
    stream: boolean,
    successfulResponseHandler: ResponseHandler<Value>,
  ) => {
    const { body, warnings } = toOllamaRequest(model, options, stream);
    const send = (given: Record<string, unknown>) =>
      postJsonToApi({
        url: `${origin}/api/chat`,
        headers,
        fetch,
        body: given,
        successfulResponseHandler,
        failedResponseHandler: failedResponse,
        ...(options.abortSignal && { abortSignal: options.abortSignal }),
      });
    try {
      return { ...(await send(body)), warnings };
    } catch (error) {
      if (!isThoughtless(error)) throw error;
      const { think: _, ...rest } = body;
      return { ...(await send(rest)), warnings: [...warnings, noThinking] };
    }
  };
  return {
    specificationVersion: 'v4',
    provider: 'ollama',
    modelId: model.name,
    supportedUrls: {},

    doGenerate: async (options) => {
      const handler = createJsonResponseHandler(chatLine);
      const { value, warnings, responseHeaders = {} } = await post(options, false, handler);
      if (value.error) throw new OllamaError(value.error);
      return {
        content: contentOf(value),
        finishReason: finishReasonOf(value),
        usage: usageOf(value),
        warnings,
        response: { headers: responseHeaders },
      };
    },

    doStream: async (options) => {
      const answer = await post(options, true, async ({ response }) => ({
        value: readLines(response.body),
        responseHeaders: Object.fromEntries(response.headers),
      }));
      const { value: lines, warnings, responseHeaders = {} } = answer;
      const stream = ReadableStream.from<LanguageModelV4StreamPart>(toParts(lines, warnings));
      return { stream, response: { headers: responseHeaders } };
    },
  };
}

const noThinking = {
  type: 'unsupported' as const,
  feature: 'reasoningEffort',
  details: 'this model does not think',
};

/** Only Ollama knows which of its models think, and it refuses to ask the others to. */
function isThoughtless(error: unknown): boolean {
  return (
    APICallError.isInstance(error) &&
    error.statusCode === 400 &&
    /does not support thinking/.test(error.message)
  );
}

/** What Ollama says in `error` under a status of success: mostly that the model’s process died. */
class OllamaError extends Error {
  override readonly name = 'OllamaError';
}

type Warnings = Extract<LanguageModelV4StreamPart, { type: 'stream-start' }>['warnings'];

async function* toParts(
  lines: AsyncIterable<unknown>,
  warnings: Warnings,
): AsyncGenerator<LanguageModelV4StreamPart> {
  yield { type: 'stream-start', warnings };
  let calls = 0;
  for await (const line of lines) {
    const parsed = chatLine.parse(line);
    if (parsed.error) {
      yield { type: 'error', error: parsed.error };
      return;
    }
    const { content = '', thinking, tool_calls: toolCalls } = parsed.message ?? {};
    if (thinking) yield { type: 'reasoning-delta', id: 'thinking', delta: thinking };
    if (content !== '') yield { type: 'text-delta', id: 'text', delta: content };
    for (const call of toolCalls ?? []) {
      yield toToolCall(call, calls);
      calls += 1;
    }
    if (!parsed.done) continue;
    yield { type: 'finish', finishReason: finishReasonOf(parsed), usage: usageOf(parsed) };
    return;
  }
}

function contentOf({ message }: ChatLine): LanguageModelV4Content[] {
  return [
    ...(message?.thinking ? [{ type: 'reasoning' as const, text: message.thinking }] : []),
    ...(message?.content ? [{ type: 'text' as const, text: message.content }] : []),
    ...(message?.tool_calls ?? []).map(toToolCall),
  ];
}

/** Older servers send no id; a call then gets one that no other call of the conversation has. */
function toToolCall({ id, function: called }: WireToolCall, index: number): LanguageModelV4ToolCall {
  const { name, arguments: given } = called;
  return {
    type: 'tool-call',
    toolCallId: id || `call_${index}_${crypto.randomUUID().slice(0, 8)}`,
    toolName: name,
    input: typeof given === 'string' ? given : JSON.stringify(given),
  };
}

function finishReasonOf({ done_reason: reason, message }: ChatLine): LanguageModelV4FinishReason {
  const raw = reason ?? undefined;
  if (message?.tool_calls && message.tool_calls.length > 0) return { unified: 'tool-calls', raw };
  if (raw === 'length') return { unified: 'length', raw };
  return { unified: raw === undefined || raw === 'stop' ? 'stop' : 'other', raw };
}

function usageOf({ prompt_eval_count: input, eval_count: output }: ChatLine): LanguageModelV4Usage {
  const total = input ?? undefined;
  const generated = output ?? undefined;
  return {
    inputTokens: { total, noCache: total, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: generated, text: undefined, reasoning: undefined },
  };
}
