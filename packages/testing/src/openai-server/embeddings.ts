import { countWords } from '../scripted-model/index.ts';
import {
  type Exchange,
  embed,
  knowsModel,
  sendError,
  sendJson,
  textOf,
  textsOf,
} from '../wire-server/index.ts';

/** Answers an embeddings request, as numbers or, as the official client asks by default, as base64. */
export function sendEmbeddings(exchange: Exchange): void {
  const { body } = exchange.request;
  const model = textOf(body.model);
  if (!knowsModel(exchange, model)) return;
  const texts = textsOf(body.input);
  if (texts.length === 0) {
    sendError(exchange, { status: 400, message: "'input' must be a string or strings.", param: 'input' });
    return;
  }
  const tokens = texts.reduce((sum, text) => sum + countWords(text), 0);
  const data = texts.map((text, index) => ({
    object: 'embedding',
    index,
    embedding: body.encoding_format === 'base64' ? toBase64(embed(text)) : embed(text),
  }));
  sendJson(exchange, { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } });
}

function toBase64(vector: readonly number[]): string {
  return Buffer.from(new Float32Array(vector).buffer).toString('base64');
}
