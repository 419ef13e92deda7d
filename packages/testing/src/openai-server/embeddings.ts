import type { ServerResponse } from 'node:http';
import type { JsonObject } from '@aios/protocol';
import { sendError, sendJson } from './errors.ts';
import { textOf } from './request.ts';

const dimensions = 8;

/** Answers an embeddings request, as numbers or, as the official client asks by default, as base64. */
export function sendEmbeddings(response: ServerResponse, body: JsonObject): void {
  const texts = (Array.isArray(body.input) ? body.input : [body.input]).filter(
    (text): text is string => typeof text === 'string',
  );
  if (texts.length === 0) {
    sendError(response, { status: 400, message: "'input' must be a string or strings.", param: 'input' });
    return;
  }
  const tokens = texts.reduce((sum, text) => sum + (text.match(/\S+/g)?.length ?? 0), 0);
  const data = texts.map((text, index) => ({
    object: 'embedding',
    index,
    embedding: body.encoding_format === 'base64' ? toBase64(embed(text)) : embed(text),
  }));
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  sendJson(response, 200, { object: 'list', data, model: textOf(body.model), usage });
}

/** Counts the letters of a text by their code: the same text has the same vector, another one mostly not. */
function embed(text: string): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  for (const character of text) {
    const place = (character.codePointAt(0) ?? 0) % dimensions;
    vector[place] = (vector[place] ?? 0) + 1;
  }
  return vector;
}

function toBase64(vector: readonly number[]): string {
  return Buffer.from(new Float32Array(vector).buffer).toString('base64');
}
