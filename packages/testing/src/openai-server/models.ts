import type { JsonObject } from '@aios/protocol';
import { type Exchange, knowsModel, type ServedModel, sendJson, servedModels } from '../wire-server/index.ts';

/** `GET /v1/models`. */
export function listModels(exchange: Exchange): void {
  sendJson(exchange, { object: 'list', data: servedModels(exchange.options).map(describe) });
}

/** `GET /v1/models/{model}`. */
export function retrieveModel(exchange: Exchange): void {
  const { model = '' } = exchange.parameters;
  if (!knowsModel(exchange, model)) return;
  sendJson(
    exchange,
    describe(servedModels(exchange.options).find(({ name }) => name === model) ?? { name: model }),
  );
}

/** With the window where vLLM tells it. */
function describe({ name, contextWindow }: ServedModel): JsonObject {
  return {
    id: name,
    object: 'model',
    created: 1_760_000_000,
    owned_by: 'scripted',
    ...(contextWindow !== undefined && { max_model_len: contextWindow }),
  };
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
