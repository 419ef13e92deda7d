import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { ChatRequest } from '@aios/protocol';
import type { Endpoint } from './endpoint.ts';
import { toPrompt } from './prompt.ts';
import type { ToolNames } from './tool-names.ts';
import { type EngineOptions, vendorOptions } from './vendor-options.ts';

/** A request of ours in the words of the AI SDK. */
export function toCallOptions(
  request: ChatRequest,
  signal: AbortSignal,
  names: ToolNames,
  endpoint: Endpoint,
  engine: EngineOptions,
): LanguageModelV4CallOptions {
  const { tools, toolChoice, temperature, stop, responseFormat, reasoningEffort } = request;
  const { topP, topK, presencePenalty, frequencyPenalty, maxTokens, seed } = request;
  const { maxTemperature = 2 } = endpoint.provider.quirks;
  return {
    abortSignal: signal,
    prompt: toPrompt(request.messages, names, endpoint),
    ...(tools && tools.length > 0 && { tools: tools.map((tool) => toFunctionTool(tool, names)) }),
    ...(tools && toolChoice && { toolChoice: toToolChoice(toolChoice, names) }),
    ...(temperature !== undefined && { temperature: Math.min(temperature, maxTemperature) }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(presencePenalty !== undefined && { presencePenalty }),
    ...(frequencyPenalty !== undefined && { frequencyPenalty }),
    ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
    ...(stop && stop.length > 0 && { stopSequences: stop }),
    ...(seed !== undefined && { seed }),
    ...(responseFormat && { responseFormat: toResponseFormat(responseFormat) }),
    ...(reasoningEffort && { reasoning: reasoningEffort }),
    providerOptions: vendorOptions(request, endpoint, engine),
  };
}

function toFunctionTool(
  tool: NonNullable<ChatRequest['tools']>[number],
  names: ToolNames,
): NonNullable<LanguageModelV4CallOptions['tools']>[number] {
  const { description, inputSchema, strict } = tool;
  return {
    type: 'function',
    name: names.encode(tool.name),
    description,
    inputSchema,
    ...(strict !== undefined && { strict }),
  };
}

function toToolChoice(
  choice: NonNullable<ChatRequest['toolChoice']>,
  names: ToolNames,
): LanguageModelV4CallOptions['toolChoice'] {
  return typeof choice === 'string'
    ? { type: choice }
    : { type: 'tool', toolName: names.encode(choice.tool) };
}

function toResponseFormat(
  format: NonNullable<ChatRequest['responseFormat']>,
): LanguageModelV4CallOptions['responseFormat'] {
  if (format.type !== 'json_schema') return { type: 'json' };
  const { schema, name, description } = format;
  return { type: 'json', schema, name, ...(description !== undefined && { description }) };
}
