import type { AiosError, ErrorCode } from '@aios/protocol';

// google.rpc.Code by our codes, https://cloud.google.com/apis/design/errors
const statuses: Partial<Record<ErrorCode, string>> = {
  invalid_argument: 'INVALID_ARGUMENT',
  unauthenticated: 'UNAUTHENTICATED',
  permission_denied: 'PERMISSION_DENIED',
  not_found: 'NOT_FOUND',
  already_exists: 'ALREADY_EXISTS',
  failed_precondition: 'FAILED_PRECONDITION',
  quota_exceeded: 'RESOURCE_EXHAUSTED',
  rate_limited: 'RESOURCE_EXHAUSTED',
  deadline_exceeded: 'DEADLINE_EXCEEDED',
  cancelled: 'CANCELLED',
  unavailable: 'UNAVAILABLE',
};

/** An error in Google’s shape. */
export function errorBody(error: AiosError): object {
  const { status } = error.toProblem();
  return { error: { code: status, message: error.message, status: statuses[error.code] ?? 'INTERNAL' } };
}
