import type {
  LanguageModelV4FinishReason,
  LanguageModelV4ToolCall,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
  SharedV4Warning,
} from '@ai-sdk/provider';
import { type ChatReply, type ChatRequest, jsonObject, type ToolCall, type Usage } from '@aios/protocol';
import type { DriverReply } from '../../driver.ts';
import { estimateRequestTokens, estimateTextTokens } from '../../tokens/index.ts';
import type { Endpoint } from './endpoint.ts';
import { callProviderData, messageProviderData, type ReasoningBlock } from './provider-data.ts';
import { rateLimitsOf } from './rate-limits.ts';
import type { ToolNames } from './tool-names.ts';
import { unsupportedSettings } from './unsupported-settings.ts';

type FinishReason = ChatReply['finishReason'];

const finishReasons: Partial<Record<LanguageModelV4FinishReason['unified'], FinishReason>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  'tool-calls': 'tool_calls',
};

/** What ended a reply, and what else a response says beside its content. */
export interface ReplyEnd {
  finishReason: LanguageModelV4FinishReason;
  usage: LanguageModelV4Usage;
  warnings: readonly SharedV4Warning[];
  headers: Record<string, string> | undefined;
}

/** What a model has said so far, whether it came in pieces or at once. */
export class ReplyParts {
  text = '';
  readonly toolCalls: ToolCall[] = [];
  readonly #reasoning = new Map<string, ReasoningBlock>();

  /** Adds to a block of thinking; vendors sign a block at its beginning, in its middle or at its end. */
  addReasoning(id: string, text: string, metadata: SharedV4ProviderMetadata | undefined): void {
    const block = this.#reasoning.get(id) ?? { text: '' };
    block.text += text;
    if (metadata !== undefined && Object.keys(metadata).length > 0) {
      block.data = mergeMetadata(block.data, metadata);
    }
    this.#reasoning.set(id, block);
  }

  addToolCall({ toolCallId, toolName, input, providerMetadata }: LanguageModelV4ToolCall, names: ToolNames) {
    const providerData = callProviderData(providerMetadata);
    this.toolCalls.push({
      id: toolCallId,
      name: names.decode(toolName),
      ...parseArguments(input),
      ...(providerData && { providerData }),
    });
  }

  finish(request: ChatRequest, endpoint: Endpoint, end: ReplyEnd): DriverReply {
    const blocks = [...this.#reasoning.values()];
    const reasoning = blocks.map(({ text }) => text).join('');
    const providerData = messageProviderData(endpoint.provider, blocks);
    const limits = rateLimitsOf(end.headers);
    const ignored = [...end.warnings, ...unsupportedSettings(request, endpoint)].map(wordsOf);
    return {
      message: {
        role: 'assistant',
        content: this.text,
        ...(reasoning !== '' && { reasoning }),
        ...(this.toolCalls.length > 0 && { toolCalls: this.toolCalls }),
        ...(providerData && { providerData }),
      },
      finishReason: this.#finishReason(end.finishReason),
      usage: this.#usage(request, end.usage, reasoning),
      ...(ignored.length > 0 && { metadata: { warnings: ignored } }),
      ...(limits && { limits }),
    };
  }

  /** OpenAI says `stop` where it was forced to call a tool; to an agent that is a call all the same. */
  #finishReason({ unified }: LanguageModelV4FinishReason): FinishReason {
    const reason = finishReasons[unified] ?? 'other';
    return reason === 'stop' && this.toolCalls.length > 0 ? 'tool_calls' : reason;
  }

  #usage(
    request: ChatRequest,
    { inputTokens, outputTokens }: LanguageModelV4Usage,
    reasoning: string,
  ): Usage {
    const isCounted = inputTokens.total !== undefined && outputTokens.total !== undefined;
    const calls = this.toolCalls.length > 0 ? JSON.stringify(this.toolCalls) : '';
    return {
      inputTokens: inputTokens.total ?? estimateRequestTokens(request),
      outputTokens: outputTokens.total ?? estimateTextTokens(reasoning + this.text + calls),
      ...(inputTokens.cacheRead && { cachedInputTokens: inputTokens.cacheRead }),
      ...(inputTokens.cacheWrite && { cacheWriteTokens: inputTokens.cacheWrite }),
      ...(outputTokens.reasoning && { reasoningTokens: outputTokens.reasoning }),
      source: isCounted ? 'provider' : 'estimate',
    };
  }
}

function mergeMetadata(
  before: SharedV4ProviderMetadata | undefined,
  added: SharedV4ProviderMetadata,
): SharedV4ProviderMetadata {
  const merged = { ...before };
  for (const [vendor, options] of Object.entries(added)) merged[vendor] = { ...merged[vendor], ...options };
  return merged;
}

function wordsOf(warning: SharedV4Warning): string {
  if (!('feature' in warning)) return warning.message;
  const { type, feature, details } = warning;
  return `${type}: ${feature}${details === undefined ? '' : ` (${details})`}`;
}

/** Arguments as an object. Some servers send nothing at all for a tool without parameters. */
function parseArguments(text: string): Pick<ToolCall, 'arguments' | 'malformed'> {
  if (text.trim() === '') return { arguments: {} };
  try {
    const parsed = jsonObject.safeParse(JSON.parse(text));
    return parsed.success ? { arguments: parsed.data } : { arguments: {}, malformed: text };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { arguments: {}, malformed: text };
  }
}
