import type { JsonObject } from '@aios/protocol';
import type { WireError } from '../wire-server/index.ts';

/** OpenAI’s error object. */
export function errorBody({ status, message, type, code, param }: WireError): JsonObject {
  return { error: { message, type: type ?? typeOf(status), param: param ?? null, code: code ?? null } };
}

export function typeOf(status: number): string {
  if (status === 429) return 'requests';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}
