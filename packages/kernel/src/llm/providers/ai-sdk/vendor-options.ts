import type { LanguageModelV4CallOptions, SharedV4Warning } from '@ai-sdk/provider';
import type { ChatRequest, JsonObject } from '@aios/protocol';
import type { Dialect } from '../provider.ts';
import { compatibleName, usesResponses } from './client.ts';
import type { Endpoint } from './endpoint.ts';

type VendorOptions = NonNullable<LanguageModelV4CallOptions['providerOptions']>;

/** What a request asks for that the AI SDK has no common word for, in the words of the endpoint’s package. */
export function vendorOptions(request: ChatRequest, endpoint: Endpoint): VendorOptions {
  const { parallelToolCalls, responseFormat, reasoningEffort } = request;
  const strict = responseFormat?.type === 'json_schema' && responseFormat.strict === true;
  const schemaOptions = responseFormat?.type === 'json_schema' ? { strictJsonSchema: strict } : {};
  const parallel = parallelToolCalls === undefined ? {} : { parallelToolCalls };
  const showsThoughts = reasoningEffort !== undefined && reasoningEffort !== 'none';

  switch (endpoint.provider.dialect) {
    case 'openai':
    case 'openai-responses':
    case 'azure':
      return {
        openai: {
          ...schemaOptions,
          ...parallel,
          ...(usesResponses(endpoint, request) && responsesOptions(showsThoughts)),
        },
      };
    case 'openai-compatible':
      return {
        [compatibleName]: {
          ...schemaOptions,
          ...(parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls }),
        },
      };
    case 'anthropic':
      return parallelToolCalls === undefined
        ? {}
        : { anthropic: { disableParallelToolUse: !parallelToolCalls } };
    case 'google':
      return showsThoughts ? { google: { thinkingConfig: { includeThoughts: true } } } : {};
    case 'groq':
      return { groq: { ...schemaOptions, ...parallel } };
    case 'mistral':
      return { mistral: { ...schemaOptions, ...parallel } };
    case 'deepseek':
      return { deepseek: { ...schemaOptions } };
    default:
      return {};
  }
}

const withoutParallelSwitch: readonly Dialect[] = ['google', 'deepseek', 'bedrock', 'ollama'];

/** What a request asks for that the endpoint’s package has no words for at all. */
export function unsupportedSettings(
  { parallelToolCalls }: ChatRequest,
  { provider }: Endpoint,
): SharedV4Warning[] {
  if (parallelToolCalls !== false || !withoutParallelSwitch.includes(provider.dialect)) return [];
  return [{ type: 'unsupported', feature: 'parallelToolCalls' }];
}

/** The conversation is kept here, not there; the model’s thinking comes encrypted and goes back with the next turn. */
function responsesOptions(showsThoughts: boolean): JsonObject {
  return { store: false, ...(showsThoughts && { reasoningSummary: 'auto' }) };
}
