import { AiosError, type Disposition, type ErrorCode, toAiosError } from '@aios/protocol';
import { redactKeys } from '../../redact.ts';
import { type Endpoint, keyPlaces } from './endpoint.ts';
import { type Failure, readFailure } from './failure.ts';
import { retryAfterMs } from './retry-after.ts';

interface Verdict {
  code: ErrorCode;
  text: string;
  disposition?: Disposition;
}

/** Milliseconds to wait where a provider limits the rate and does not say for how long. */
const defaultRetryAfterMs = 1000;

/**
 * Turns anything that a call to a provider threw into an AiosError that carries the provider’s own message and no key.
 * `begun` says that pieces of the reply had reached the caller. The original is not kept as the cause: it holds the
 * request and the raw response.
 */
export async function toProviderError(
  thrown: unknown,
  endpoint: Endpoint,
  signal: AbortSignal,
  begun = false,
): Promise<AiosError> {
  if (signal.aborted) return cancellation(signal);
  if (AiosError.isInstance(thrown)) return thrown;
  const failure = await readFailure(thrown);
  const { code, text, disposition } = judge(failure, endpoint);
  const waitMs = retryAfterMs(failure.headers) ?? (code === 'rate_limited' ? defaultRetryAfterMs : undefined);
  return new AiosError(code, redactKeys(text, endpoint.key), {
    ...(disposition && { disposition }),
    details: {
      provider: endpoint.provider.name,
      model: endpoint.model,
      ...(failure.status !== undefined && { status: failure.status }),
      ...(waitMs !== undefined && { retryAfterMs: waitMs }),
      ...(begun && { begun }),
    },
  });
}

/** The reason of the abort where it is an error of ours or a time-out, else plain `cancelled`. */
function cancellation(signal: AbortSignal): AiosError {
  const error = toAiosError(signal.reason);
  return error.code === 'internal' ? new AiosError('cancelled', 'The call was cancelled.') : error;
}

function judge(failure: Failure, endpoint: Endpoint): Verdict {
  const { label } = endpoint.provider;
  const quote = failure.said === '' ? '' : `: ${failure.said}`;
  switch (failure.kind) {
    case 'refused':
      return judgeStatus(failure, quote, endpoint);
    case 'unreachable':
      return {
        code: 'unavailable',
        text: `Cannot reach ${label} at ${endpoint.baseUrl}${quote}. Check that it is running and reachable.`,
      };
    case 'cut':
      return { code: 'unavailable', text: `The reply of ${label} was cut off in the middle${quote}.` };
    case 'stopped':
      return { code: 'unavailable', text: `${label} stopped in the middle of its reply${quote}` };
    case 'format':
      return {
        code: 'unavailable',
        text: `${label} at ${endpoint.baseUrl} sent something that is not OpenAI’s format${quote}`,
      };
  }
}

function judgeStatus({ status = 500, code }: Failure, quote: string, endpoint: Endpoint): Verdict {
  const { provider, model, baseUrl } = endpoint;
  const why = `(HTTP ${status})${quote}`;
  if (status === 402 || code === 'insufficient_quota') {
    return {
      code: 'quota_exceeded',
      text: `The account at ${provider.label} has no credit left ${why}`,
      disposition: 'operator',
    };
  }
  if (status === 401 || status === 403) {
    return {
      code: 'failed_precondition',
      text: `${provider.label} refused the key ${why} Check ${keyPlaces(endpoint)}.`,
      disposition: 'operator',
    };
  }
  if (status === 404) {
    return {
      code: 'not_found',
      text: `${provider.label} at ${baseUrl} does not know the model "${model}", or the address is wrong ${why}`,
    };
  }
  if (status === 429) return { code: 'rate_limited', text: `${provider.label} limits the rate ${why}` };
  if (status >= 500 || status === 408 || status === 409 || status === 425) {
    return { code: 'unavailable', text: `${provider.label} cannot answer now ${why}` };
  }
  return { code: 'invalid_argument', text: `${provider.label} refused the request ${why}` };
}
