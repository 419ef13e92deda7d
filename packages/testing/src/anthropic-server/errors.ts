import type { JsonObject } from '@aios/protocol';
import type { WireError } from '../wire-server/index.ts';

// https://platform.claude.com/docs/en/api/errors
const types: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** Anthropic’s error object, also sent as an event in the middle of a stream. */
export function errorBody({ status, type, code, message, details }: WireError): JsonObject {
  return {
    type: 'error',
    error: { type: type ?? code ?? types[status] ?? fallback(status), message, ...(details && { details }) },
    request_id: 'req_scripted',
  };
}

function fallback(status: number): string {
  return status >= 500 ? 'api_error' : 'invalid_request_error';
}
