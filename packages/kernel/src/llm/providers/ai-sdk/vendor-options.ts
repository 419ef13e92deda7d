import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { ChatRequest, JsonObject } from '@aios/protocol';
import { compatibleName, usesResponses } from './client.ts';
import type { Endpoint } from './endpoint.ts';

type VendorOptions = NonNullable<LanguageModelV4CallOptions['providerOptions']>;

/** What an engine is told beside the request. */
export interface EngineOptions {
  /** The last message is the beginning of the reply. */
  readonly isContinued: boolean;
  /** See DriverCall. */
  readonly priority: number | undefined;
}

/** What a request asks for that the AI SDK has no common word for, in the words of the endpoint’s package. */
export function vendorOptions(
  request: ChatRequest,
  endpoint: Endpoint,
  { isContinued, priority }: EngineOptions,
): VendorOptions {
  const { parallelToolCalls, responseFormat, reasoningEffort, user, verbosity } = request;
  const strict = responseFormat?.type === 'json_schema' && responseFormat.strict === true;
  const schemaOptions = responseFormat?.type === 'json_schema' ? { strictJsonSchema: strict } : {};
  const parallel = parallelToolCalls === undefined ? {} : { parallelToolCalls };
  const endUser = user === undefined ? {} : { user };
  const showsThoughts = reasoningEffort !== undefined && reasoningEffort !== 'none';

  switch (endpoint.provider.dialect) {
    case 'openai':
    case 'openai-responses':
    case 'azure':
      return {
        openai: {
          ...schemaOptions,
          ...parallel,
          ...endUser,
          ...(verbosity !== undefined && { textVerbosity: verbosity }),
          ...(usesResponses(endpoint, request) && responsesOptions(showsThoughts)),
        },
      };
    case 'openai-compatible':
      return {
        [compatibleName]: {
          ...schemaOptions,
          ...endUser,
          ...(verbosity !== undefined && { textVerbosity: verbosity }),
          ...(parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls }),
          ...(priority !== undefined && { priority }),
          ...(isContinued &&
            endpoint.provider.quirks.continuation?.method === 'continue_final_message' && {
              continue_final_message: true,
              add_generation_prompt: false,
            }),
        },
      };
    case 'anthropic':
      return {
        anthropic: {
          ...(parallelToolCalls !== undefined && { disableParallelToolUse: !parallelToolCalls }),
          ...(user !== undefined && { metadata: { userId: user } }),
        },
      };
    case 'google':
      return showsThoughts ? { google: { thinkingConfig: { includeThoughts: true } } } : {};
    case 'groq':
      return { groq: { ...schemaOptions, ...parallel, ...endUser } };
    case 'mistral':
      return { mistral: { ...schemaOptions, ...parallel } };
    case 'deepseek':
      return { deepseek: { ...schemaOptions } };
    default:
      return {};
  }
}

/** The conversation is kept here, not there; the model’s thinking comes encrypted and goes back with the next turn. */
function responsesOptions(showsThoughts: boolean): JsonObject {
  return { store: false, ...(showsThoughts && { reasoningSummary: 'auto' }) };
}
