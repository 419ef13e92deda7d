import { AiosError } from '@aios/protocol';

// What a queue answers that cannot take a call or keep it. The hint is computed from how fast the queue really moves.

export interface Overload {
  readonly name: string;
  readonly queued: number;
  readonly retryAfterMs: number;
}

export function queueFull(overload: Overload): AiosError {
  return refusal(
    overload,
    `${overload.queued} calls already wait for ${overload.name}. Try again in ${overload.retryAfterMs} ms, or raise scheduler.max_queued.`,
  );
}

export function wouldWaitTooLong(overload: Overload, waitMs: number, maxWaitMs: number): AiosError {
  return refusal(
    overload,
    `A call would wait about ${Math.ceil(waitMs)} ms for ${overload.name}, longer than the ${maxWaitMs} ms of scheduler.max_wait_ms. Try again in ${overload.retryAfterMs} ms.`,
  );
}

export function cannotMeetDeadline(overload: Overload, waitMs: number): AiosError {
  return refusal(
    overload,
    `A call would wait about ${Math.ceil(waitMs)} ms for ${overload.name}, beyond its deadline. Allow more time, or try again in ${overload.retryAfterMs} ms.`,
  );
}

export function waitedTooLong(overload: Overload, waitedMs: number): AiosError {
  return refusal(
    overload,
    `The call waited ${Math.floor(waitedMs)} ms for ${overload.name} and got no slot. Try again in ${overload.retryAfterMs} ms, or raise scheduler.max_wait_ms.`,
  );
}

function refusal({ name, queued, retryAfterMs }: Overload, message: string): AiosError {
  return new AiosError('rate_limited', message, { details: { queue: name, queued, retryAfterMs } });
}
