// What is known of an endpoint that fails or is slow: its circuit breaker, its health, time-outs, and what an error means for
// the next attempt.

export { backoffMs } from './backoff.ts';
export { Breaker, type BreakerSettings, type Permit } from './breaker.ts';
export { CoreHealth } from './core-health.ts';
export { limitTime, type TimeLimit, type TimeOutSettings } from './time-outs.ts';
export { askedWaitMs, judge } from './verdict.ts';
export { wastedBy } from './wasted.ts';
