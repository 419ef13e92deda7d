import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4ToolCall } from '@ai-sdk/provider';
import { AiosError, type ChatRequest } from '@aios/protocol';
import type { Driver, DriverCall, DriverEmbedding, DriverReply } from '../../driver.ts';
import { estimateTextTokens } from '../../tokens.ts';
import type { Quirks } from '../provider.ts';
import { loadAiSdk } from './ai-sdk.ts';
import { toCallOptions } from './call-options.ts';
import { type Endpoint, keyPlaces } from './endpoint.ts';
import { toProviderError } from './errors.ts';
import { ReplyParts } from './reply.ts';
import { createThoughtSignatures, type ThoughtSignatures } from './thought-signatures.ts';
import { createToolNames, type ToolNames } from './tool-names.ts';

const usualEmbeddingBatch = 2048;

interface ChatCall extends DriverCall {
  readonly request: ChatRequest;
  readonly model: LanguageModelV4;
  readonly options: LanguageModelV4CallOptions;
  readonly names: ToolNames;
  readonly signatures: ThoughtSignatures;
}

/** A driver for one model at an endpoint that speaks OpenAI’s chat format. */
export function createOpenAiCompatibleDriver(endpoint: Endpoint): Driver {
  const { quirks } = endpoint.provider;
  const signatures = createThoughtSignatures();
  const client = once(() => createClient(endpoint));

  return {
    chat: async (request, call) => {
      refuseUnusableKey(endpoint);
      const { chatModel } = await client();
      const names = createToolNames(request);
      const options = toCallOptions(request, call.signal, { names, quirks, signatures });
      const chatCall = { ...call, request, model: chatModel, options, names, signatures };
      return call.emit === undefined ? generate(chatCall, endpoint) : stream(chatCall, endpoint, call.emit);
    },

    embed: async (texts, { signal }) => {
      refuseUnusableKey(endpoint);
      const { embeddingModel } = await client();
      const batch = quirks.embeddingBatch ?? usualEmbeddingBatch;
      const vectors: number[][] = [];
      let tokens: number | undefined = 0;
      for (let start = 0; start < texts.length; start += batch) {
        const values = texts.slice(start, start + batch);
        const result = await translated(endpoint, signal, () =>
          embeddingModel.doEmbed({ values, abortSignal: signal }),
        );
        vectors.push(...result.embeddings);
        tokens =
          result.usage === undefined || tokens === undefined ? undefined : tokens + result.usage.tokens;
      }
      refuseWrongVectors(vectors, texts.length, endpoint);
      return { vectors, usage: embeddingUsage(tokens, texts) };
    },
  };
}

async function createClient({ provider, model, baseUrl, key }: Endpoint) {
  const { createOpenAICompatible } = await loadAiSdk();
  const client = createOpenAICompatible({
    name: 'aios',
    baseURL: baseUrl,
    ...(key !== undefined && { apiKey: key }),
    includeUsage: !provider.quirks.usageUnasked,
    transformRequestBody: (body) => renameFields(body, provider.quirks),
  });
  return { chatModel: client.chatModel(model), embeddingModel: client.embeddingModel(model) };
}

async function generate(call: ChatCall, endpoint: Endpoint): Promise<DriverReply> {
  const result = await translated(endpoint, call.signal, () => call.model.doGenerate(call.options));
  const parts = new ReplyParts();
  for (const content of result.content) {
    if (content.type === 'text') parts.text += content.text;
    else if (content.type === 'reasoning') parts.reasoning += content.text;
    else if (content.type === 'tool-call') takeToolCall(content, parts, call);
  }
  return parts.finish(call.request, result.finishReason, result.usage);
}

async function stream(
  call: ChatCall,
  endpoint: Endpoint,
  emit: NonNullable<DriverCall['emit']>,
): Promise<DriverReply> {
  const parts = new ReplyParts();
  let begun = false;
  try {
    const { stream: pieces } = await call.model.doStream(call.options);
    for await (const piece of pieces) {
      switch (piece.type) {
        case 'text-delta':
          parts.text += piece.delta;
          emit({ type: 'text-delta', text: piece.delta });
          begun = true;
          break;
        case 'reasoning-delta':
          parts.reasoning += piece.delta;
          emit({ type: 'reasoning-delta', text: piece.delta });
          begun = true;
          break;
        case 'tool-input-start':
          emit({ type: 'tool-call-start', id: piece.id, name: call.names.decode(piece.toolName) });
          begun = true;
          break;
        case 'tool-input-delta':
          emit({ type: 'tool-call-delta', id: piece.id, argumentsText: piece.delta });
          break;
        case 'tool-input-end':
          emit({ type: 'tool-call-end', id: piece.id });
          break;
        case 'tool-call':
          takeToolCall(piece, parts, call);
          break;
        case 'error':
          throw piece.error;
        case 'finish':
          return parts.finish(call.request, piece.finishReason, piece.usage);
      }
    }
    throw new AiosError('unavailable', `${endpoint.provider.label} ended the stream without an end mark.`);
  } catch (error) {
    throw await toProviderError(error, endpoint, call.signal, begun);
  }
}

function takeToolCall(content: LanguageModelV4ToolCall, parts: ReplyParts, call: ChatCall): void {
  parts.addToolCall(content, call.names);
  for (const metadata of Object.values(content.providerMetadata ?? {})) {
    const { thoughtSignature } = metadata;
    if (typeof thoughtSignature === 'string') {
      call.signatures.remember(content.toolCallId, thoughtSignature);
    }
  }
}

async function translated<Result>(
  endpoint: Endpoint,
  signal: AbortSignal,
  job: () => PromiseLike<Result>,
): Promise<Result> {
  try {
    return await job();
  } catch (error) {
    throw await toProviderError(error, endpoint, signal);
  }
}

function refuseUnusableKey(endpoint: Endpoint): void {
  const { provider, key } = endpoint;
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    throw new AiosError(
      'failed_precondition',
      `The key of ${provider.label} has characters that no key has, such as spaces. Set it anew: ${keyPlaces(endpoint)}.`,
      { disposition: 'operator', details: { provider: provider.name } },
    );
  }
  if (!provider.keyRequired || key !== undefined) return;
  throw new AiosError(
    'failed_precondition',
    `${provider.label} needs a key and none is set. Set one of: ${keyPlaces(endpoint)}.`,
    { disposition: 'operator', details: { provider: provider.name } },
  );
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

function renameFields(body: Record<string, unknown>, { rename = {} }: Quirks): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body)
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => [rename[field] ?? field, value]),
  );
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
