import type { JsonObject } from '@aios/protocol';
import {
  type Exchange,
  type ServedModel,
  sendError,
  sendJson,
  servedModels,
  textOf,
} from '../wire-server/index.ts';

const details = {
  parent_model: '',
  format: 'gguf',
  family: 'scripted',
  families: ['scripted'],
  parameter_size: '1B',
  quantization_level: 'Q4_K_M',
};

/** `GET /api/tags`: the models that are there. */
export function listTags(exchange: Exchange): void {
  const models = servedModels(exchange.options).map(({ name }) => ({
    name,
    model: name,
    modified_at: '2026-01-01T00:00:00Z',
    size: 1_000_000_000,
    digest: '0'.repeat(64),
    details,
  }));
  sendJson(exchange, { models });
}

/** `POST /api/show`: what one of them can do, and its context window. */
export function showModel(exchange: Exchange): void {
  const { body } = exchange.request;
  const name = textOf(body.model) || textOf(body.name);
  const model = servedModels(exchange.options).find((served) => served.name === name);
  if (model === undefined) sendError(exchange, exchange.vendor.unknownModel(name));
  else sendJson(exchange, shown(model));
}

function shown({ contextWindow, capabilities }: Required<ServedModel>): JsonObject {
  return {
    license: '',
    modelfile: '',
    parameters: '',
    template: '{{ .Prompt }}',
    details,
    model_info: {
      'general.architecture': 'scripted',
      'scripted.context_length': contextWindow,
      'scripted.embedding_length': 8,
    },
    capabilities: [...capabilities],
    modified_at: '2026-01-01T00:00:00Z',
  };
}
