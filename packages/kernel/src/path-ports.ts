import type { BudgetLedger, Gate } from './access/index.ts';
import { claimOf } from './claim-of.ts';
import type { Processes } from './process/index.ts';
import type { Scheduler } from './scheduler/index.ts';
import type { Audit, Caller, CallReport, DataFlowGuard, PathPorts } from './syscall/index.ts';
import type { EventBus } from './telemetry/index.ts';

interface Modules {
  readonly gate: Gate;
  readonly ledger: BudgetLedger;
  readonly processes: Processes;
  readonly scheduler: Scheduler;
  readonly events: EventBus;
  readonly audit: Audit;
  readonly guard: DataFlowGuard;
}

/** Gives the path of a system call what it needs of the modules. */
export function createPathPorts({
  gate,
  ledger,
  processes,
  scheduler,
  events,
  audit,
  guard,
}: Modules): PathPorts {
  return {
    authorise: (caller, request) => gate.authorise(caller, request),
    approve: (call) => gate.approve(call),
    reserve: (caller, prepared, signal) => ledger.reserve(caller, prepared, signal),
    replayed: ({ pid }, used) => processes.table.replayed(pid, used),
    journal: processes.journal,
    audit,
    guard,
    isCurrent: ({ pid, fence }) => processes.table.isCurrent(pid, fence),
    acquire(queue, request, signal) {
      const { process } = request.caller;
      const claim = claimOf(request, isBusy(scheduler.load(queue)));
      if (process === undefined) return scheduler.acquire(queue, claim, signal);
      const take = (until: AbortSignal) => scheduler.acquire(queue, claim, until);
      return processes.table.takePlace(process.pid, take, signal);
    },
    started(call, name, target, caller) {
      events.publish(
        { type: 'syscall-started', call, name, ...targetField(target), ...callerFields(caller) },
        caller.tenant,
      );
    },
    settled(report) {
      events.publish({ type: 'syscall-settled', ...settledFields(report) }, report.caller.tenant);
    },
  };
}

function isBusy({
  running,
  queued,
  capacity,
}: {
  running: number;
  queued: number;
  capacity: number;
}): boolean {
  return running + queued >= capacity / 2;
}

function settledFields({
  call,
  name,
  target,
  caller,
  parentCall,
  status,
  error,
  durationMs,
  steps,
  usage,
}: CallReport) {
  return {
    call,
    name,
    ...targetField(target),
    ...callerFields(caller),
    ...(parentCall !== undefined && { parentCall }),
    status,
    ...(error !== undefined && { code: error.code, message: error.message }),
    durationMs,
    steps,
    ...(usage !== undefined && { usage }),
  };
}

function targetField(target: string | undefined) {
  return target === undefined ? {} : { target };
}

function callerFields({ process }: Caller) {
  return process === undefined ? {} : { pid: process.pid, agent: process.agent };
}
