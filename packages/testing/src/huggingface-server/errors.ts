import type { JsonObject } from '@aios/protocol';
import { errorBody as openAiErrorBody } from '../openai-server/index.ts';
import type { WireError } from '../wire-server/index.ts';

/**
 * The router says most errors in a text, and those about the choice of a model in OpenAI’s object; what a provider
 * behind it says, it passes on.
 */
export function errorBody(error: WireError): JsonObject {
  return error.param === undefined && error.code === undefined
    ? { error: error.message }
    : openAiErrorBody(error);
}
