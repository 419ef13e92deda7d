import type { SchedulingPolicy } from '@aios/protocol';
import type { Congestion } from './admission/index.ts';
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
  /** Present where the programs that use it at the same time are bounded, or calls are by its memory. */
  readonly window: WindowExplanation | undefined;
  readonly memory: { readonly space: number; readonly taken: number } | undefined;
  /** The longest first. */
  readonly holders: readonly HolderExplanation[];
  /** In the order in which they would be served. */
  readonly waiters: readonly WaiterExplanation[];
  readonly counters: readonly Counter[];
}

interface WindowExplanation {
  /** Programs that may use the resource at the same time. */
  readonly limit: number;
  readonly programs: number;
  /** Those of them that wait for their tools. */
  readonly idle: number;
  /** Programs that wait for a place. */
  readonly outside: number;
  readonly cause: Congestion;
  readonly reason: string;
  readonly sinceMs: number;
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
    window: explainWindow(queue, now),
    memory: queue.memory.space === undefined ? undefined : { ...queue.memory, space: queue.memory.space },
    // A set keeps the order of insertion.
    holders: [...held[Symbol.iterator]().take(limit)].map(
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

function explainWindow({ window, outside }: SlotQueue, now: number): WindowExplanation | undefined {
  if (window?.bound === undefined) return undefined;
  const { limit, cause, reason, since } = window.bound;
  const { programs, idle } = window;
  return { limit: Math.floor(limit), programs, idle, outside, cause, reason, sinceMs: now - since };
}
