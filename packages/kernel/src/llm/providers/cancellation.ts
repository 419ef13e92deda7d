import { AiosError, toAiosError } from '@aios/protocol';

/** What a call that was aborted rejects with: the signal’s reason where it is an error of ours, else plain `cancelled`. */
export function cancellation(signal: AbortSignal): AiosError {
  const error = toAiosError(signal.reason);
  return error.code === 'internal' ? new AiosError('cancelled', 'The call was cancelled.') : error;
}
