import type { JsonObject } from '@aios/protocol';
import type { WireError } from '../wire-server/index.ts';

// google.rpc.Code by HTTP status: https://google.aip.dev/193, https://ai.google.dev/gemini-api/docs/troubleshooting
const statuses: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** Google’s error object. It tells the time to wait in its details rather than in a header. */
export function errorBody({ status, type, code, message, retryAfterMs }: WireError): JsonObject {
  const details: JsonObject[] = [];
  if (code !== undefined) {
    details.push({
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: code,
      domain: 'googleapis.com',
    });
  }
  if (retryAfterMs !== undefined) {
    details.push({
      '@type': 'type.googleapis.com/google.rpc.RetryInfo',
      retryDelay: `${retryAfterMs / 1000}s`,
    });
  }
  const error = {
    code: status,
    message,
    status: type ?? statuses[status] ?? 'UNKNOWN',
    ...(details.length > 0 && { details }),
  };
  return { error };
}
