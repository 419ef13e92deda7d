import type { AiosError, ErrorCode } from '@aios/protocol';
import { type Dialect, frameOf } from '../dialect/index.ts';

// The shape of errors and their words, from OpenAI’s guide to error codes and its OpenAPI description.

interface Words {
  readonly type: string;
  readonly code: string | null;
}

const invalid: Words = { type: 'invalid_request_error', code: null };
const failed: Words = { type: 'server_error', code: null };

const words: Readonly<Record<ErrorCode, Words>> = {
  invalid_argument: invalid,
  unauthenticated: { type: 'invalid_request_error', code: 'invalid_api_key' },
  permission_denied: { type: 'invalid_request_error', code: 'permission_denied' },
  not_found: { type: 'invalid_request_error', code: 'not_found' },
  already_exists: { type: 'invalid_request_error', code: 'already_exists' },
  failed_precondition: invalid,
  quota_exceeded: { type: 'insufficient_quota', code: 'budget_exceeded' },
  rate_limited: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  stale_fence: invalid,
  deadline_exceeded: { type: 'server_error', code: 'deadline_exceeded' },
  cancelled: { type: 'server_error', code: 'cancelled' },
  outcome_unknown: { type: 'server_error', code: 'outcome_unknown' },
  unavailable: { type: 'server_error', code: 'unavailable' },
  internal: failed,
};

/**
 * `details.param` names the field of the request, `details.model` a model that is not there, `details.openaiCode` a code for
 * just this.
 */
function errorBody(error: AiosError): object {
  const { type, code } = words[error.code];
  const { param = paramOf(error), model, openaiCode } = error.details ?? {};
  const isModel = error.code === 'not_found' && typeof model === 'string';
  return {
    error: {
      message: error.message,
      type,
      param: typeof param === 'string' ? param : isModel ? 'model' : null,
      code: typeof openaiCode === 'string' ? openaiCode : isModel ? 'model_not_found' : code,
    },
  };
}

/** The kernel names its own fields, which are OpenAI’s in another spelling. */
function paramOf({ code, details }: AiosError): string | undefined {
  if (typeof details?.field === 'string' && details.field !== '') return details.field;
  if (code !== 'invalid_argument' || !Array.isArray(details?.issues)) return undefined;
  const [issue] = details.issues;
  return String(issue?.path ?? '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** OpenAI’s clients take an event with an `error` for one, whenever it comes. */
function errorFrame(error: AiosError): string {
  return frameOf(errorBody(error));
}

export const openaiDialect: Dialect = { realms: ['/v1/*'], errorBody, errorFrame };
