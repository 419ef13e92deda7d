import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import type { ChatRequest } from '@aios/protocol';
import { markForCache } from './cache-marks.ts';
import type { Endpoint } from './endpoint.ts';
import { markContinued, toPrompt } from './prompt.ts';
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
  const prompt = toPrompt(request.messages, names, endpoint);
  const functions = tools?.map((tool) => toFunctionTool(tool, names)) ?? [];
  if (endpoint.provider.dialect === 'anthropic') markForCache(prompt, functions);
  return {
    abortSignal: signal,
    prompt: engine.isContinued ? markContinued(prompt, endpoint) : prompt,
    ...(functions.length > 0 && { tools: functions }),
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
): LanguageModelV4FunctionTool {
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
