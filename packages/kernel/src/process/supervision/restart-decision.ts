import type { ProcessExit, Restart } from '@aios/protocol';

/** What is known of the runs of a supervised process so far. */
export interface RestartHistory {
  /** Restarts so far. */
  readonly restarts: number;
  /** Restarts in a row that led to no progress. */
  readonly withoutProgress: number;
  /** Answered calls of the run that got furthest. */
  readonly furthest: number;
}

export interface EndedRun {
  readonly exit: ProcessExit;
  /** Calls that were answered. */
  readonly calls: number;
  /** Whether it ended only because the kernel closed. */
  readonly wasInterrupted: boolean;
}

export type RestartDecision =
  | { readonly kind: 'over' }
  | { readonly kind: 'given-up'; readonly withoutProgress: number }
  | ({ readonly kind: 'restart'; readonly delayMs: number } & Omit<RestartHistory, 'restarts'>);

/**
 * Whether a process that has ended is started again, and when. What counts is work without progress, never time: a run that
 * lasted days and got nowhere is one without progress, and one that failed within a second after new work is not.
 * `random`: from 0 to 1; spreads those that failed together.
 */
export function decideRestart(
  plan: Restart,
  history: RestartHistory,
  run: EndedRun,
  random: number,
): RestartDecision {
  if (!isRestarted(plan, run.exit)) return { kind: 'over' };
  const { furthest } = history;
  if (run.wasInterrupted) {
    return { kind: 'restart', delayMs: 0, withoutProgress: history.withoutProgress, furthest };
  }
  const isProgress = run.exit === 'success' || run.calls >= plan.progressCalls || run.calls > furthest;
  const withoutProgress = isProgress ? 0 : history.withoutProgress + 1;
  if (withoutProgress > plan.maxAttempts) return { kind: 'given-up', withoutProgress };
  return {
    kind: 'restart',
    delayMs: backoffMs(plan, withoutProgress, random),
    withoutProgress,
    furthest: Math.max(furthest, run.calls),
  };
}

/** Doubles with each restart without progress up to the cap; the latter half of it is left to chance. */
function backoffMs(
  { backoffMs: first, maxBackoffMs }: Restart,
  withoutProgress: number,
  random: number,
): number {
  const bound = Math.min(maxBackoffMs, first * 2 ** withoutProgress);
  return Math.round(bound / 2 + (bound / 2) * random);
}

function isRestarted({ policy }: Restart, exit: ProcessExit): boolean {
  switch (exit) {
    case 'failed':
    case 'lost':
      return policy !== 'never';
    case 'success':
      return policy === 'always';
    case 'killed':
    case 'needs_input':
    case 'budget_exceeded':
      return false;
  }
}
