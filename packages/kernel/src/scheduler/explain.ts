import type { SchedulingPolicy } from '@aios/protocol';
import type { Claim, Cost } from './claim.ts';
import type { Counter } from './policy.ts';
import type { SlotQueue } from './slot-queue.ts';

/** What can be seen of a queue at a moment. */
export interface QueueExplanation {
  readonly name: string;
  readonly policy: SchedulingPolicy;
  readonly capacity: number;
  readonly running: number;
  readonly queued: number;
  readonly oldestWaitMs: number | undefined;
  readonly msPerDispatch: number | undefined;
  /** The longest first. */
  readonly holders: readonly HolderExplanation[];
  /** In the order in which they would be served. */
  readonly waiters: readonly WaiterExplanation[];
  readonly counters: readonly Counter[];
}

interface HolderExplanation {
  readonly claim: Claim;
  readonly waitedMs: number;
  readonly heldMs: number;
  readonly progress: Cost;
  readonly mustYield: boolean;
  readonly runsToEnd: string | undefined;
}

interface WaiterExplanation {
  readonly claim: Claim;
  readonly waitedMs: number;
  readonly reason: string;
}

/** Reads a queue without touching it; each list has at most `limit` entries. */
export function explainQueue(queue: SlotQueue, now: number, limit: number): QueueExplanation {
  const { load, policy, held, drain, oldest } = queue;
  return {
    ...load,
    policy,
    oldestWaitMs: oldest && now - oldest.arrivedAt,
    msPerDispatch: drain.msPerDispatch,
    // A set keeps the order of insertion.
    holders: [...held.keys().take(limit)].map(
      ({ claim, arrivedAt, startedAt = now, progressMade, mustYield, runsToEnd }) => ({
        claim,
        waitedMs: startedAt - arrivedAt,
        heldMs: now - startedAt,
        progress: progressMade,
        mustYield,
        runsToEnd,
      }),
    ),
    waiters: queue.explain(limit).map(({ ticket, reason }) => ({
      claim: ticket.claim,
      waitedMs: now - ticket.arrivedAt,
      reason,
    })),
    counters: queue.counters(),
  };
}
