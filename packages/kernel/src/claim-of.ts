import { type Claim, oneUnit } from './scheduler/index.ts';
import type { Caller, SlotRequest } from './syscall/index.ts';

/** What the scheduler is told about a call. */
export function claimOf({ call, caller, cost, deadlineAt }: SlotRequest): Claim {
  const { tenant, user, process, key } = caller;
  const root = process?.root ?? process;
  const urgency = caller.urgency ?? process?.urgency;
  const outside = key === undefined ? `user ${tenant}/${user}` : `key ${key.id}`;
  return {
    call,
    tenant,
    user,
    program: root === undefined ? outside : programOf(root.pid),
    agent: root?.agent,
    class: urgency?.class ?? (process === undefined ? 'interactive' : 'pipeline'),
    priority: urgency?.priority ?? 0,
    deadlineAt,
    cost: cost ?? oneUnit,
  };
}

/** The name that the scheduler knows a process tree by. */
export function programOf(root: NonNullable<Caller['process']>['pid']): string {
  return `process ${root}`;
}
