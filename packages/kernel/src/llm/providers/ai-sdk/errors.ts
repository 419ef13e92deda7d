import { AiosError } from '@aios/protocol';
import type { DriverErrorDetails } from '../../driver.ts';
import { redactKeys } from '../../redact.ts';
import { readOverflow } from '../../window/index.ts';
import { cancellation } from '../cancellation.ts';
import type { Endpoint } from './endpoint.ts';
import { type Failure, readFailure } from './failure.ts';
import { rateLimitsOf } from './rate-limits.ts';
import { retryAfterMs } from './retry-after.ts';
import { judge } from './verdict.ts';

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
  return failureError(await readFailure(thrown), endpoint, begun);
}

/** The AiosError for a failure, with the provider’s own message and no key. */
export function failureError(failure: Failure, endpoint: Endpoint, begun: boolean): AiosError {
  const { code, text, disposition } = judge(failure, endpoint);
  const waitMs =
    retryAfterMs(failure.headers) ??
    failure.retryAfterMs ??
    (code === 'rate_limited' ? defaultRetryAfterMs : undefined);
  const limits = rateLimitsOf(failure.headers);
  const overflow = failure.kind === 'refused' ? readOverflow(failure.said, failure.code) : undefined;
  const details: DriverErrorDetails = {
    provider: endpoint.provider.name,
    model: endpoint.model,
    ...(failure.status !== undefined && { status: failure.status }),
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    ...(limits && { limits }),
    ...(failure.kind === 'unreachable' && { unreachable: true }),
    ...(overflow && { overflow }),
    ...(begun && { begun }),
  };
  return new AiosError(code, redactKeys(text, endpoint.key), {
    ...(disposition && { disposition }),
    details: { ...details },
  });
}
