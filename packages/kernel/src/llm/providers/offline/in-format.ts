import type { ChatRequest } from '@aios/protocol';
import { fillValue } from './tool-arguments.ts';

/**
 * The answer as JSON where that was asked for: an object of the schema whose required text fields hold the answer, and whose
 * other fields hold the first value that the schema allows. It extracts no facts into fields: it has no means to.
 */
export function inFormat(text: string, { responseFormat }: Pick<ChatRequest, 'responseFormat'>): string {
  if (responseFormat === undefined) return text;
  if (responseFormat.type !== 'json_schema') return JSON.stringify({ answer: text });
  return JSON.stringify(fillValue(responseFormat.schema, text));
}
