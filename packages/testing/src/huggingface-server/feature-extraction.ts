import { type Exchange, embed, knowsModel, sendError, sendJson, textsOf } from '../wire-server/index.ts';

/** `POST /hf-inference/models/{model}/pipeline/feature-extraction`: a vector for a text, vectors for a list. */
export function extractFeatures(exchange: Exchange): void {
  if (!knowsModel(exchange, exchange.parameters.model ?? '')) return;
  const { inputs } = exchange.request.body;
  const texts = textsOf(inputs);
  if (texts.length === 0) {
    sendError(exchange, { status: 400, message: 'Input should be a valid string: `inputs`' });
    return;
  }
  const vectors = texts.map(embed);
  sendJson(exchange, Array.isArray(inputs) ? vectors : (vectors[0] ?? []));
}
