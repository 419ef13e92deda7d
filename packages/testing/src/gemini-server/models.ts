import type { JsonObject } from '@aios/protocol';
import { type Exchange, type ServedModel, sendError, sendJson, servedModels } from '../wire-server/index.ts';

/** `GET /v1beta/models` */
export function listModels(exchange: Exchange): void {
  sendJson(exchange, { models: servedModels(exchange.options).map(toModel) });
}

/** `GET /v1beta/models/{model}` */
export function getModel(exchange: Exchange): void {
  const name = exchange.parameters.model ?? '';
  const model = servedModels(exchange.options).find((served) => served.name === name);
  if (model === undefined) sendError(exchange, exchange.vendor.unknownModel(name));
  else sendJson(exchange, toModel(model));
}

function toModel({ name, contextWindow, capabilities }: Required<ServedModel>): JsonObject {
  const methods = capabilities.includes('embedding')
    ? ['embedContent', 'countTextTokens', 'batchEmbedContents']
    : ['generateContent', 'countTokens'];
  return {
    name: `models/${name}`,
    version: '001',
    displayName: name,
    inputTokenLimit: contextWindow,
    outputTokenLimit: contextWindow,
    supportedGenerationMethods: methods,
    ...(capabilities.includes('thinking') && { thinking: true }),
  };
}
