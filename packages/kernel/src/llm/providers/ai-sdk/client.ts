import type { EmbeddingModelV4, LanguageModelV4 } from '@ai-sdk/provider';
import { AiosError, type ChatRequest } from '@aios/protocol';
import type { Dialect, Quirks } from '../provider.ts';
import type { Endpoint } from './endpoint.ts';
import { createTransport, type Transport } from './transport.ts';

/** What a vendor’s package offers for one model at one endpoint. */
export interface Client {
  /**
   * The model that suits the request: a vendor may have two interfaces that can do different things. `isContinued` says that
   * the last message is the beginning of the reply.
   */
  chat(request: ChatRequest, isContinued: boolean): LanguageModelV4;
  /** Absent where the vendor makes no embeddings. */
  embedding?(): EmbeddingModelV4;
}

/** Where the openai-compatible package looks for options of ours. */
export const compatibleName = 'aios';

/**
 * Each package is loaded when a core of its dialect gets its first call: together they cost hundreds of milliseconds. A model is
 * made once and not for each call: it makes the schema of its replies, which takes a third of a millisecond.
 */
const clients: Record<
  Exclude<Dialect, 'offline' | 'transformers'>,
  (endpoint: Endpoint, transport: Transport) => Promise<Client>
> = {
  openai: async (endpoint, transport) => {
    const { createOpenAI } = await import('@ai-sdk/openai');
    const openai = createOpenAI(connection(endpoint, transport));
    const [responses, completions] = [openai.responses(endpoint.model), openai.chat(endpoint.model)];
    return {
      chat: (request) => (usesResponses(endpoint, request) ? responses : completions),
      embedding: () => openai.embedding(endpoint.model),
    };
  },

  'openai-responses': async (endpoint, transport) => {
    const { createOpenAI } = await import('@ai-sdk/openai');
    const openai = createOpenAI(connection(endpoint, transport));
    const model = openai.responses(endpoint.model);
    return {
      chat: () => model,
      embedding: () => openai.embedding(endpoint.model),
    };
  },

  // Azure’s v1 interface is OpenAI’s, with the key in a header of its own
  // (learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle), so Azure needs no package.
  azure: async (endpoint, transport) => {
    const { createOpenAI } = await import('@ai-sdk/openai');
    const { key } = endpoint;
    const azure = createOpenAI({
      ...connection(endpoint, transport),
      ...(key !== undefined && { headers: { 'api-key': key } }),
    });
    const model = azure.chat(endpoint.model);
    return { chat: () => model, embedding: () => azure.embedding(endpoint.model) };
  },

  'openai-compatible': async (endpoint, transport) => {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    const { quirks } = endpoint.provider;
    const compatible = createOpenAICompatible({
      ...connection(endpoint, transport),
      name: compatibleName,
      includeUsage: true,
      supportsStructuredOutputs: !quirks.jsonWithoutSchema,
      transformRequestBody: (body) => renameFields(body, quirks),
    });
    const model = compatible.chatModel(endpoint.model);
    return {
      chat: () => model,
      embedding: () => compatible.embeddingModel(endpoint.model),
    };
  },

  anthropic: async (endpoint, transport) => {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    const anthropic = createAnthropic(connection(endpoint, transport));
    const model = anthropic(endpoint.model);
    return { chat: () => model };
  },

  google: async (endpoint, transport) => {
    const { createGoogle } = await import('@ai-sdk/google');
    const google = createGoogle(connection(endpoint, transport));
    const model = google(endpoint.model);
    return { chat: () => model, embedding: () => google.embedding(endpoint.model) };
  },

  groq: async (endpoint, transport) => {
    const { createGroq } = await import('@ai-sdk/groq');
    const groq = createGroq(connection(endpoint, transport));
    const model = groq(endpoint.model);
    return { chat: () => model };
  },

  deepseek: async (endpoint, transport) => {
    const { createDeepSeek } = await import('@ai-sdk/deepseek');
    const connected = connection(endpoint, transport);
    const model = createDeepSeek(connected)(endpoint.model);
    // Only its beta goes on with a reply (api-docs.deepseek.com, "Chat Prefix Completion").
    const beta = createDeepSeek({ ...connected, baseURL: betaOf(connected.baseURL) })(endpoint.model);
    return { chat: (_request, isContinued) => (isContinued ? beta : model) };
  },

  mistral: async (endpoint, transport) => {
    const { createMistral } = await import('@ai-sdk/mistral');
    const mistral = createMistral(connection(endpoint, transport));
    const model = mistral(endpoint.model);
    return { chat: () => model, embedding: () => mistral.embedding(endpoint.model) };
  },

  bedrock: async (endpoint, transport) => {
    const { createAmazonBedrock } = await import('@ai-sdk/amazon-bedrock');
    const bedrock = createAmazonBedrock({
      ...connection(endpoint, transport),
      ...signingOf(endpoint),
    });
    const model = bedrock(endpoint.model);
    return { chat: () => model, embedding: () => bedrock.embedding(endpoint.model) };
  },

  ollama: async (endpoint, transport) => {
    const { createOllamaClient } = await import('../ollama/index.ts');
    return createOllamaClient(endpoint, transport);
  },
};

/** Loads the package of the endpoint’s dialect and sets it up. */
export async function loadClient(endpoint: Endpoint): Promise<Client> {
  const { dialect } = endpoint.provider;
  if (dialect === 'offline' || dialect === 'transformers') {
    throw new Error(`The dialect "${dialect}" has no client.`);
  }
  return clients[dialect](endpoint, await createTransport(endpoint));
}

/**
 * OpenAI’s own endpoint is asked through its Responses interface: there reasoning models may call tools while they think,
 * and tell what they thought. It knows neither `stop` nor `seed`, so a request with these goes to Chat Completions, as does
 * every request to another address, where often nothing else is spoken.
 */
export function usesResponses(
  { provider, baseUrl }: Endpoint,
  { stop, seed }: Pick<ChatRequest, 'stop' | 'seed'>,
): boolean {
  if (provider.dialect === 'openai-responses') return true;
  const isOwn = provider.dialect === 'openai' && baseUrl === provider.baseUrl;
  return isOwn && seed === undefined && (stop === undefined || stop.length === 0);
}

const usualRegion = 'us-east-1';

/** How requests to Bedrock prove who sends them. Nothing is left to the package, which would read the environment itself. */
function signingOf({ provider, key, awsCredentials, baseUrl }: Endpoint) {
  const ofHost = /bedrock-runtime\.([a-z0-9-]+)\.amazonaws/.exec(baseUrl)?.[1];
  const region = ofHost ?? awsCredentials?.region ?? usualRegion;
  if (key !== undefined) return { region };
  if (awsCredentials === undefined) {
    throw new AiosError(
      'failed_precondition',
      `${provider.label} needs AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and neither is set.`,
      { disposition: 'operator', details: { provider: provider.name } },
    );
  }
  const { accessKeyId, secretAccessKey, sessionToken } = awsCredentials;
  const session = sessionToken === undefined ? {} : { sessionToken };
  return {
    region,
    apiKey: '',
    credentialProvider: async () => ({ accessKeyId, secretAccessKey, ...session }),
  };
}

function connection(
  { baseUrl, key }: Endpoint,
  transport: Transport,
): { baseURL: string; apiKey?: string; fetch: Transport } {
  return { baseURL: baseUrl, fetch: transport, ...(key !== undefined && { apiKey: key }) };
}

function betaOf(baseUrl: string): string {
  return baseUrl.endsWith('/beta') ? baseUrl : `${baseUrl.replace(/\/(?:v1)?$/, '')}/beta`;
}

function renameFields(body: Record<string, unknown>, { rename = {} }: Quirks): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body)
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => [rename[field] ?? field, value]),
  );
}
