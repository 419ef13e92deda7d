import type { AtLimit, Budget } from '@aios/protocol';
import { type Counted, nanoUsd } from './amounts.ts';
import type { Window } from './window.ts';

/** An upper bound of one thing in one window. */
export interface Bound {
  readonly dimension: Counted;
  readonly limit: number;
  readonly atLimit: AtLimit;
  readonly cheaperModel: string | undefined;
  /** What the store may vouch for beyond what is used, so that it need not be asked before every call. */
  readonly headroom: number;
  isWarned: boolean;
  isExceeded: boolean;
}

/** Parts of a limit that a kernel which dies may leave counted although they were not used. */
const headroomOf: Readonly<Record<Window, number>> = { minute: 0.25, day: 0.02, total: 0.02 };

/** The bounds that budgets set in a window: of several for one thing the smallest. */
export function boundsOf(budgets: readonly Budget[], window: Window): Bound[] {
  const smallest = new Map<Counted, Bound>();
  for (const budget of budgets) {
    for (const bound of boundsIn(budget, window)) {
      const other = smallest.get(bound.dimension);
      if (other === undefined || bound.limit < other.limit) smallest.set(bound.dimension, bound);
    }
  }
  return [...smallest.values()];
}

function boundsIn(budget: Budget, window: Window): Bound[] {
  const { calls, tokens, usd } = amountsIn(budget, window) ?? {};
  const limits: readonly [Counted, number | undefined][] = [
    ['calls', calls],
    ['tokens', tokens],
    ['nanoUsd', usd === undefined ? undefined : nanoUsd(usd)],
  ];
  return limits.flatMap(([dimension, limit]) =>
    limit === undefined
      ? []
      : {
          dimension,
          limit,
          atLimit: budget.atLimit ?? 'refuse',
          cheaperModel: budget.cheaperModel,
          headroom: Math.ceil(limit * headroomOf[window]),
          isWarned: false,
          isExceeded: false,
        },
  );
}

function amountsIn(budget: Budget, window: Window): Pick<Budget, 'calls' | 'tokens' | 'usd'> | undefined {
  if (window === 'minute') return budget.perMinute;
  return window === 'day' ? budget.perDay : budget;
}

/** The smallest of the bounds that budgets set. */
export function smallest(budgets: readonly Budget[], dimension: 'concurrency' | 'seconds'): number {
  return Math.min(...budgets.map((budget) => budget[dimension] ?? Number.POSITIVE_INFINITY));
}
