import type { AiosError, ErrorCode, JsonObject } from '@aios/protocol';

/** Of the codes of OpenAI’s `ResponseError`; all others are `server_error`. */
const codes: Partial<Record<ErrorCode, string>> = {
  rate_limited: 'rate_limit_exceeded',
  invalid_argument: 'invalid_prompt',
};

/** The response of a stream that broke off. */
export function failedResponse(begun: JsonObject, error: AiosError): JsonObject {
  return {
    ...begun,
    status: 'failed',
    error: { code: codes[error.code] ?? 'server_error', message: error.message },
  };
}
