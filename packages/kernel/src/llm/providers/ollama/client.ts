import type { Client, Endpoint, Transport } from '../ai-sdk/index.ts';
import { createOllamaEmbedding } from './embedding.ts';
import { createOllamaModel } from './model.ts';
import type { OllamaServer } from './wire.ts';

/** A client for one model of an Ollama server. A base URL that ends in `/v1` or `/api` is taken for the server’s own. */
export function createOllamaClient(
  { baseUrl, model, key, contextTokens }: Endpoint,
  transport: Transport,
): Client {
  const server: OllamaServer = {
    origin: baseUrl.replace(/\/(v1|api)\/?$/, ''),
    fetch: transport,
    headers: { ...(key !== undefined && { authorization: `Bearer ${key}` }) },
  };
  return {
    chat: () => createOllamaModel({ name: model, contextTokens }, server),
    embedding: () => createOllamaEmbedding(model, server),
  };
}
