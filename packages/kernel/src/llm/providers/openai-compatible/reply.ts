import type {
  LanguageModelV4FinishReason,
  LanguageModelV4ToolCall,
  LanguageModelV4Usage,
} from '@ai-sdk/provider';
import { type ChatReply, type ChatRequest, jsonObject, type ToolCall, type Usage } from '@aios/protocol';
import type { DriverReply } from '../../driver.ts';
import { estimateRequestTokens, estimateTextTokens } from '../../tokens.ts';
import type { ToolNames } from './tool-names.ts';

type FinishReason = ChatReply['finishReason'];

const finishReasons: Partial<Record<LanguageModelV4FinishReason['unified'], FinishReason>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  'tool-calls': 'tool_calls',
};

/** What a model has said so far, whether it came in pieces or at once. */
export class ReplyParts {
  text = '';
  reasoning = '';
  readonly toolCalls: ToolCall[] = [];

  addToolCall({ toolCallId, toolName, input }: LanguageModelV4ToolCall, names: ToolNames): void {
    this.toolCalls.push({ id: toolCallId, name: names.decode(toolName), ...parseArguments(input) });
  }

  finish(
    request: ChatRequest,
    finishReason: LanguageModelV4FinishReason,
    usage: LanguageModelV4Usage,
  ): DriverReply {
    return {
      message: {
        role: 'assistant',
        content: this.text,
        ...(this.reasoning !== '' && { reasoning: this.reasoning }),
        ...(this.toolCalls.length > 0 && { toolCalls: this.toolCalls }),
      },
      finishReason: this.#finishReason(finishReason),
      usage: this.#usage(request, usage),
    };
  }

  /** OpenAI says `stop` where it was forced to call a tool; to an agent that is a call all the same. */
  #finishReason({ unified }: LanguageModelV4FinishReason): FinishReason {
    const reason = finishReasons[unified] ?? 'other';
    return reason === 'stop' && this.toolCalls.length > 0 ? 'tool_calls' : reason;
  }

  #usage(request: ChatRequest, { inputTokens, outputTokens }: LanguageModelV4Usage): Usage {
    if (inputTokens.total !== undefined && outputTokens.total !== undefined) {
      return { inputTokens: inputTokens.total, outputTokens: outputTokens.total, source: 'provider' };
    }
    const calls = this.toolCalls.length > 0 ? JSON.stringify(this.toolCalls) : '';
    return {
      inputTokens: inputTokens.total ?? estimateRequestTokens(request),
      outputTokens: outputTokens.total ?? estimateTextTokens(this.reasoning + this.text + calls),
      source: 'estimate',
    };
  }
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
