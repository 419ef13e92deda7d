import type { JsonObject } from '@aios/protocol';
import {
  type Exchange,
  embed,
  knowsModel,
  listOf,
  objectOf,
  sendError,
  sendJson,
  textOf,
} from '../wire-server/index.ts';

/** `:embedContent`: one content. */
export function embedContent(exchange: Exchange): void {
  if (!knowsModel(exchange, exchange.parameters.model ?? '')) return;
  const text = textOfContent(exchange.request.body);
  if (text === '') sendError(exchange, { status: 400, message: 'content is empty' });
  else sendJson(exchange, { embedding: { values: embed(text) } });
}

/** `:batchEmbedContents`: several, each in a request of its own. */
export function batchEmbedContents(exchange: Exchange): void {
  if (!knowsModel(exchange, exchange.parameters.model ?? '')) return;
  const texts = listOf(exchange.request.body.requests).map(textOfContent);
  if (texts.length === 0 || texts.includes('')) {
    sendError(exchange, { status: 400, message: '* BatchEmbedContentsRequest.requests: content is empty' });
    return;
  }
  sendJson(exchange, { embeddings: texts.map((text) => ({ values: embed(text) })) });
}

function textOfContent({ content }: JsonObject): string {
  return listOf(objectOf(content).parts)
    .map(({ text }) => textOf(text))
    .join('\n');
}
