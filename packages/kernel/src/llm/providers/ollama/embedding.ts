import type { EmbeddingModelV4 } from '@ai-sdk/provider';
import { createJsonResponseHandler, postJsonToApi } from '@ai-sdk/provider-utils';
import { z } from 'zod';
import { failedResponse, type OllamaServer } from './wire.ts';

const embedReply = z.object({
  embeddings: z.array(z.array(z.number())),
  prompt_eval_count: z.number().nullish(),
});

/** An embedding model of an Ollama server, as the AI SDK sees one. */
export function createOllamaEmbedding(
  modelId: string,
  { origin, headers, fetch }: OllamaServer,
): EmbeddingModelV4 {
  return {
    specificationVersion: 'v4',
    provider: 'ollama',
    modelId,
    maxEmbeddingsPerCall: undefined,
    supportsParallelCalls: true,
    doEmbed: async ({ values, dimensions, abortSignal }) => {
      const { value, responseHeaders = {} } = await postJsonToApi({
        fetch,
        url: `${origin}/api/embed`,
        headers,
        body: { model: modelId, input: values, ...(dimensions !== undefined && { dimensions }) },
        failedResponseHandler: failedResponse,
        successfulResponseHandler: createJsonResponseHandler(embedReply),
        ...(abortSignal && { abortSignal }),
      });
      const { embeddings, prompt_eval_count: tokens } = value;
      return {
        embeddings,
        ...(tokens != null && { usage: { tokens } }),
        warnings: [],
        response: { headers: responseHeaders },
      };
    },
  };
}
