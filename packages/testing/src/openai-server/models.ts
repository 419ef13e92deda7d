import { type Exchange, sendJson, servedModels } from '../wire-server/index.ts';

/** `GET /v1/models`, with the window where vLLM tells it. */
export function listModels(exchange: Exchange): void {
  const data = servedModels(exchange.options).map(({ name, contextWindow }) => ({
    id: name,
    object: 'model',
    created: 1_760_000_000,
    owned_by: 'scripted',
    max_model_len: contextWindow,
  }));
  sendJson(exchange, { object: 'list', data });
}

/** `GET /api/tags`, for clients that ask OpenAI’s address whether it is Ollama. */
export function listTags(exchange: Exchange): void {
  const models = servedModels(exchange.options).map(({ name }) => ({
    name,
    model: name,
    modified_at: '2026-01-01T00:00:00Z',
    size: 1,
  }));
  sendJson(exchange, { models });
}
