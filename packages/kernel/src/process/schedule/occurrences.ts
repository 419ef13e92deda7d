import { AiosError } from '@aios/protocol';
import { Cron } from 'croner';
import { z } from 'zod';

export const timingSchema = z.object({
  cron: z.string().optional(),
  timezone: z.string(),
  everyMs: z.number().optional(),
  at: z.string().optional(),
  missed: z.enum(['skip', 'once', 'all']),
});
/** When an agent is started. */
export type Timing = z.infer<typeof timingSchema>;

/** A run that is late by more than this was missed: no kernel ran, or the clock was set ahead. */
export const missedAfterMs = 60_000;
const maxMissedRuns = 100;

/** Throws `invalid_argument` unless the timing is one of the three kinds and makes sense. */
export function checkTiming(timing: Timing): void {
  const kinds = [timing.cron, timing.everyMs, timing.at].filter((kind) => kind !== undefined);
  if (kinds.length !== 1) {
    throw new AiosError(
      'invalid_argument',
      'A schedule has one of cron, everyMs and at, and not more than one.',
    );
  }
  try {
    if (timing.cron !== undefined) cronOf(timing, timing.cron).nextRun();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AiosError('invalid_argument', `cron or timezone is not right: ${reason}`, { cause: error });
  }
}

/** The first time after `after`, in Unix milliseconds; undefined where there is none. `anchor`: an earlier time of it. */
export function nextTime(timing: Timing, after: number, anchor: number): number | undefined {
  if (timing.at !== undefined) {
    const at = Date.parse(timing.at);
    return at > after ? at : undefined;
  }
  if (timing.everyMs !== undefined) {
    return anchor + (Math.floor(Math.max(0, after - anchor) / timing.everyMs) + 1) * timing.everyMs;
  }
  return cronOf(timing, timing.cron ?? '')
    .nextRun(new Date(after))
    ?.getTime();
}

/** What is to be done about a schedule whose time has come. */
export interface DueRuns {
  /** The times for which the agent is started now. */
  readonly runs: readonly number[];
  /** Absent where nothing more will come. */
  readonly next: number | undefined;
}

export function dueRuns(timing: Timing, dueAt: number, now: number): DueRuns {
  if (dueAt > now) return { runs: [], next: dueAt };
  const times = lastTimes(timing, dueAt, now);
  const next = nextTime(timing, now, dueAt);
  const isMissed = (time: number) => now - time > missedAfterMs;
  switch (timing.missed) {
    case 'all':
      return { runs: times, next };
    case 'once':
      return { runs: times.slice(-1), next };
    case 'skip':
      return { runs: times.filter((time) => !isMissed(time)).slice(-1), next };
  }
}

/** The times from `dueAt` up to now, the last ones where there are too many. */
function lastTimes(timing: Timing, dueAt: number, now: number): number[] {
  const { at, everyMs, cron } = timing;
  if (at !== undefined) return [dueAt];
  if (everyMs !== undefined) {
    const passed = Math.floor((now - dueAt) / everyMs) + 1;
    const first = Math.max(0, passed - maxMissedRuns);
    return Array.from({ length: passed - first }, (_, index) => dueAt + (first + index) * everyMs);
  }
  const earlier = cronOf(timing, cron ?? '').previousRuns(maxMissedRuns, new Date(now + 1000));
  const times = earlier.map((date) => date.getTime()).filter((time) => time >= dueAt && time <= now);
  return times.length > 0 ? times.sort((left, right) => left - right) : [dueAt];
}

function cronOf({ timezone }: Timing, pattern: string): Cron {
  return new Cron(pattern, { timezone, paused: true });
}
