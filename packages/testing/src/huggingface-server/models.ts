import { type Exchange, type ServedModel, sendJson, servedModels } from '../wire-server/index.ts';

/** `GET /v1/models`: each model with the providers that serve it. */
export function listModels(exchange: Exchange): void {
  const data = servedModels(exchange.options).map((model) => ({
    id: model.name,
    object: 'model',
    created: 1_760_000_000,
    owned_by: model.name.split('/')[0] ?? '',
    providers: [providerOf(model)],
  }));
  sendJson(exchange, { object: 'list', data });
}

function providerOf({ contextWindow, capabilities }: Required<ServedModel>) {
  return {
    provider: 'scripted',
    status: 'live',
    context_length: contextWindow,
    supports_tools: capabilities.includes('tools'),
    supports_structured_output: true,
  };
}
