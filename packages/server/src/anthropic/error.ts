import type { AiosError, ErrorCode } from '@aios/protocol';

// https://platform.claude.com/docs/en/api/errors
const types: Partial<Record<ErrorCode, string>> = {
  invalid_argument: 'invalid_request_error',
  unauthenticated: 'authentication_error',
  permission_denied: 'permission_error',
  not_found: 'not_found_error',
  quota_exceeded: 'billing_error',
  rate_limited: 'rate_limit_error',
  deadline_exceeded: 'timeout_error',
  unavailable: 'overloaded_error',
};

/** An error in Anthropic’s shape, with details where they are Anthropic’s, as a body and as the event that ends a broken stream. */
export function errorBody(error: AiosError): object {
  const type = types[error.code] ?? (error.toProblem().status >= 500 ? 'api_error' : 'invalid_request_error');
  return {
    type: 'error',
    error: {
      type,
      message: error.message,
      code: error.code,
      ...(error.details?.error_code !== undefined && { details: error.details }),
    },
  };
}
