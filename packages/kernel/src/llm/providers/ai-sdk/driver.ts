import type { EmbeddingModelV4 } from '@ai-sdk/provider';
import { AiosError, type ChatRequest, type EmbedRequest } from '@aios/protocol';
import type { Driver, DriverEmbedding } from '../../driver.ts';
import { estimateTextTokens } from '../../tokens/index.ts';
import { toCallOptions } from './call-options.ts';
import { compatibleName, loadClient } from './client.ts';
import type { Endpoint } from './endpoint.ts';
import { toProviderError } from './errors.ts';
import { generate } from './generate.ts';
import { refuseUnusableKey } from './key.ts';
import { rateLimitsOf } from './rate-limits.ts';
import { stream } from './stream.ts';
import { createToolNames } from './tool-names.ts';

const usualEmbeddingBatch = 2048;

/** A driver for one model at an endpoint, over the AI SDK’s package for the endpoint’s dialect. */
export function createAiSdkDriver(endpoint: Endpoint): Driver {
  const client = once(() => loadClient(endpoint));
  return {
    chat: async (asked, { signal, emit, continueFrom, priority }) => {
      const request = continueFrom === undefined ? asked : continued(asked, continueFrom);
      refuseUnusableKey(endpoint);
      const isContinued = continueFrom !== undefined;
      const model = (await client()).chat(request, isContinued);
      const names = createToolNames(request);
      const engine = { isContinued, priority };
      const options = toCallOptions(request, signal, names, endpoint, engine);
      const call = { request, model, options, names, endpoint, signal };
      return emit === undefined ? generate(call) : stream(call, emit);
    },

    embed: async (request, call) => {
      refuseUnusableKey(endpoint);
      const model = (await client()).embedding?.();
      if (model === undefined) {
        throw new AiosError(
          'failed_precondition',
          `${endpoint.provider.label} makes no embeddings. Ask another model for them.`,
          { details: { provider: endpoint.provider.name, model: endpoint.model } },
        );
      }
      return embed(model, request, call, endpoint);
    },
  };
}

/** The conversation with the beginning of the reply as its last message. */
function continued(request: ChatRequest, content: string): ChatRequest {
  return { ...request, messages: [...request.messages, { role: 'assistant', content }] };
}

async function embed(
  model: EmbeddingModelV4,
  { texts, dimensions, user }: EmbedRequest,
  { signal, admit }: Parameters<Driver['embed']>[1],
  endpoint: Endpoint,
): Promise<DriverEmbedding> {
  const vectors: number[][] = [];
  let tokens: number | undefined = 0;
  let headers: Record<string, string> | undefined;
  try {
    const batch = await embeddingBatch(model, endpoint);
    for (let start = 0; start < texts.length; start += batch) {
      // The tokens of all batches were reserved with the first.
      if (start > 0) await admit?.({ inputTokens: 0, outputTokens: 0 });
      const values = texts.slice(start, start + batch);
      const result = await model.doEmbed({
        values,
        abortSignal: signal,
        ...(dimensions !== undefined && { dimensions }),
        ...(user !== undefined && { providerOptions: { openai: { user }, [compatibleName]: { user } } }),
      });
      vectors.push(...result.embeddings);
      tokens = result.usage === undefined || tokens === undefined ? undefined : tokens + result.usage.tokens;
      headers = result.response?.headers;
    }
  } catch (error) {
    throw await toProviderError(error, endpoint, signal);
  }
  refuseWrongVectors(vectors, texts.length, endpoint);
  const limits = rateLimitsOf(headers);
  return { vectors, usage: embeddingUsage(tokens, texts), ...(limits && { limits }) };
}

/** Texts in one request: no more than the endpoint takes, nor than its package lets through. */
async function embeddingBatch(model: EmbeddingModelV4, { provider }: Endpoint): Promise<number> {
  const { embeddingBatch = usualEmbeddingBatch } = provider.quirks;
  return Math.min(embeddingBatch, (await model.maxEmbeddingsPerCall) ?? embeddingBatch);
}

function refuseWrongVectors(vectors: number[][], wanted: number, { provider, model }: Endpoint): void {
  const dimensions = vectors[0]?.length ?? 0;
  if (vectors.length === wanted && dimensions > 0 && vectors.every(({ length }) => length === dimensions))
    return;
  throw new AiosError(
    'unavailable',
    `${provider.label} sent ${vectors.length} vectors for ${wanted} texts, or vectors of different length. ` +
      `Check that "${model}" is an embedding model.`,
    { details: { provider: provider.name, model } },
  );
}

function embeddingUsage(tokens: number | undefined, texts: readonly string[]): DriverEmbedding['usage'] {
  const estimate = () => texts.reduce((sum, text) => sum + estimateTextTokens(text), 0);
  return {
    inputTokens: tokens ?? estimate(),
    outputTokens: 0,
    source: tokens === undefined ? 'estimate' : 'provider',
  };
}

/** Makes a thing when it is first wanted; a failure is forgotten, so that the next caller tries again. */
function once<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
