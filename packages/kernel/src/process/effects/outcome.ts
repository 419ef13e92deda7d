import { AiosError, type EffectState, type ErrorCode, jsonValue, toAiosError } from '@aios/protocol';
import type { CallOutcome } from '../../syscall/index.ts';
import type { EffectResult } from './effect-row.ts';

/** Errors that say for certain that nothing happened outside. After any other the effect may have. */
const certain: ReadonlySet<ErrorCode> = new Set([
  'invalid_argument',
  'unauthenticated',
  'permission_denied',
  'not_found',
  'already_exists',
  'failed_precondition',
  'quota_exceeded',
  'rate_limited',
]);

/** What a dispatched effect has become by what its call ended with. */
export function stateAfter(outcome: CallOutcome): Extract<EffectState, 'committed' | 'failed' | 'unknown'> {
  if (!('error' in outcome)) return 'committed';
  if (!AiosError.isInstance(outcome.error)) return 'unknown';
  // The tool did its work, and only what it gave is of no use.
  if (outcome.error.details?.happened === true) return 'committed';
  return certain.has(outcome.error.code) ? 'failed' : 'unknown';
}

export function toResult(outcome: CallOutcome): EffectResult {
  return 'error' in outcome
    ? { error: toAiosError(outcome.error).toProblem() }
    : { output: jsonValue.parse(outcome.output ?? null) };
}

export function toOutcome(result: EffectResult): CallOutcome {
  return 'error' in result ? { error: AiosError.fromProblem(result.error) } : result;
}
