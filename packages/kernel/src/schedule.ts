import { AiosError, type KernelSchedule, type SyscallInput, type TenantId } from '@aios/protocol';
import type { Claim, QueueExplanation, Scheduler } from './scheduler/index.ts';

type ScheduledQueue = KernelSchedule['queues'][number];

/** Gathers what `kernel.schedule` answers. Calls of another tenant take part in it without saying whose they are. */
export function createSchedule(
  scheduler: Scheduler,
): (tenant: TenantId, input: SyscallInput<'kernel.schedule'>) => KernelSchedule {
  return (tenant, { queue, limit }) => {
    const queues = scheduler.explain(queue, limit).filter(({ capacity }) => capacity > 0);
    if (queue !== undefined && queues.length === 0) {
      throw new AiosError('not_found', `There is no queue "${queue}". kernel.status lists them.`);
    }
    return {
      at: new Date().toISOString(),
      queues: queues.map((explanation) => describe(explanation, tenant, limit)),
    };
  };
}

function describe(queue: QueueExplanation, tenant: TenantId, limit: number): ScheduledQueue {
  const { oldestWaitMs, msPerDispatch, window, memory, holders, waiters, counters, ...rest } = queue;
  return {
    ...rest,
    ...(oldestWaitMs !== undefined && { oldestWaitMs }),
    ...(msPerDispatch !== undefined && { msPerDispatch }),
    ...(window !== undefined && { window }),
    ...(memory !== undefined && {
      memory: { spaceTokens: Math.round(memory.space), takenTokens: Math.round(memory.taken) },
    }),
    holders: holders.map(({ claim, waitedMs, heldMs, progress, mustYield, runsToEnd }) => ({
      ...callOf(claim, tenant, waitedMs),
      heldMs,
      outputTokens: progress.outputTokens,
      mustYield,
      ...(runsToEnd !== undefined && claim.tenant === tenant && { runsToEnd }),
    })),
    waiters: waiters.map(({ claim, waitedMs, reason }, index) => ({
      position: index + 1,
      ...callOf(claim, tenant, waitedMs),
      ...(claim.deadlineAt !== undefined && {
        deadlineInMs: claim.deadlineAt - performance.timeOrigin - performance.now(),
      }),
      reason: claim.tenant === tenant ? reason : 'a call of another tenant',
    })),
    counters: counters
      .filter((counter) => counter.tenant === undefined || counter.tenant === tenant)
      .slice(0, limit),
  };
}

function callOf(
  { call, user, program, agent, priority, ...claim }: Claim,
  tenant: TenantId,
  waitedMs: number,
) {
  const common = { class: claim.class, priority, waitedMs };
  if (claim.tenant !== tenant) return common;
  return { call, tenant: claim.tenant, user, program, ...(agent !== undefined && { agent }), ...common };
}
