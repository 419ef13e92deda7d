import { countWords } from '../scripted-model/index.ts';
import { type Exchange, embed, knowsModel, sendError, sendJson } from '../wire-server/index.ts';

/**
 * InvokeModel as Titan’s text embeddings speak it: one text a request.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html
 */
export function invokeTitanEmbedding(exchange: Exchange): void {
  const { parameters, request } = exchange;
  if (!knowsModel(exchange, parameters.model ?? '')) return;
  const { inputText } = request.body;
  if (typeof inputText !== 'string' || inputText === '') {
    sendError(exchange, {
      status: 400,
      message:
        'Malformed input request: required key [inputText] not found, please reformat your input and try again.',
    });
    return;
  }
  const embedding = embed(inputText);
  const inputTextTokenCount = countWords(inputText);
  sendJson(
    exchange,
    { embedding, embeddingsByType: { float: embedding }, inputTextTokenCount },
    { headers: { 'x-amzn-bedrock-input-token-count': `${inputTextTokenCount}` } },
  );
}
