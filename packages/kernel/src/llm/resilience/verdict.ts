import type { AiosError } from '@aios/protocol';

/** What a failed attempt means for what is tried next. */
export interface Verdict {
  /** The same core may answer the same request a little later. */
  readonly again: boolean;
  /** Another core may answer. */
  readonly elsewhere: boolean;
  /** It counts against the endpoint. */
  readonly isOutage: boolean;
  /** Nothing but a person makes this core answer: a key is missing or refused, credit is used up, the model is unknown. */
  readonly needsOperator: boolean;
}

const final: Verdict = { again: false, elsewhere: false, isOutage: false, needsOperator: false };
const operator: Verdict = { ...final, elsewhere: true, needsOperator: true };

/** Judges an error of a driver, of a time-out or of a queue. What is wrong with the request itself is wrong everywhere. */
export function judge(error: AiosError): Verdict {
  switch (error.code) {
    case 'rate_limited':
      return { ...final, again: true, elsewhere: true };
    case 'unavailable':
      return judgeUnavailable(error.details);
    case 'deadline_exceeded':
      return { ...final, elsewhere: true, isOutage: true };
    case 'not_found':
    case 'quota_exceeded':
      return operator;
    case 'failed_precondition':
      return error.disposition === 'operator' ? operator : { ...final, elsewhere: true };
    default:
      return final;
  }
}

/** A model that wrote nonsense was asked often enough already, and its endpoint is well. */
function judgeUnavailable({ timeout, breaker, wrongReply, status }: AiosError['details'] = {}): Verdict {
  return {
    ...final,
    again: timeout === undefined && breaker === undefined && wrongReply !== true,
    elsewhere: true,
    isOutage: wrongReply !== true && status !== 400,
  };
}

/** How long the provider asks to wait, in milliseconds. */
export function askedWaitMs(error: AiosError): number | undefined {
  const wait = error.details?.retryAfterMs;
  return typeof wait === 'number' && wait >= 0 ? wait : undefined;
}
