import {
  pid as pidSchema,
  type Restart,
  type restartDescription,
  restart as restartSchema,
} from '@aios/protocol';
import type { z } from 'zod';
import type { ProcessRow } from '../process-store.ts';
import type { RestartHistory } from './restart-decision.ts';

/** What a process knows of its supervision. */
export interface Supervision extends RestartHistory {
  readonly plan: Restart;
  /** The process in whose place it was started. */
  readonly replaces: number | undefined;
}

export const notYetRestarted = { restarts: 0, withoutProgress: 0, furthest: 0, replaces: undefined };

export function supervisionOf(row: ProcessRow): Supervision | undefined {
  if (row.restart === null) return undefined;
  return {
    plan: restartSchema.parse(JSON.parse(row.restart)),
    restarts: row.restarts,
    withoutProgress: row.restarts_without_progress,
    furthest: row.furthest_calls,
    replaces: row.replaces ?? undefined,
  };
}

export function columnsOf(supervision: Supervision | undefined) {
  if (supervision === undefined) return {};
  const { plan, restarts, withoutProgress, furthest, replaces } = supervision;
  return {
    restart: JSON.stringify(plan),
    restarts,
    restarts_without_progress: withoutProgress,
    furthest_calls: furthest,
    replaces: replaces ?? null,
  };
}

export function describeRestart(
  supervision: Supervision | undefined,
  restartAt: number | null,
): { restart?: z.infer<typeof restartDescription> } {
  if (supervision === undefined) return {};
  const { plan, restarts, withoutProgress, replaces } = supervision;
  return {
    restart: {
      ...plan,
      restarts,
      withoutProgress,
      ...(replaces !== undefined && { replaces: pidSchema.parse(replaces) }),
      ...(restartAt !== null && { nextAt: new Date(restartAt).toISOString() }),
    },
  };
}
