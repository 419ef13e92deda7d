import { type Claim, oneUnit } from './scheduler/index.ts';
import type { Caller, SlotRequest } from './syscall/index.ts';

/**
 * What the scheduler is told about a call. Calls of nobody’s process belong together by their conversation, which is only
 * looked for where it is `busy`: elsewhere nobody comes before another.
 */
export function claimOf({ call, caller, cost, deadlineAt, conversation }: SlotRequest, busy: boolean): Claim {
  const { tenant, user, process, key } = caller;
  const root = process?.root ?? process;
  const urgency = caller.urgency ?? process?.urgency;
  const outside = key === undefined ? `user ${tenant}/${user}` : `key ${key.id}`;
  const talk = busy && root === undefined ? conversation?.() : undefined;
  return {
    call,
    tenant,
    user,
    program: root === undefined ? (talk === undefined ? outside : `${outside} ${talk}`) : programOf(root.pid),
    agent: root?.agent,
    class: urgency?.class ?? (process === undefined ? 'interactive' : 'pipeline'),
    learnsClassOf: process === undefined && urgency?.class === undefined ? outside : undefined,
    priority: urgency?.priority ?? 0,
    deadlineAt,
    cost: cost ?? oneUnit,
  };
}

/** The name that the scheduler knows a process tree by. */
export function programOf(root: NonNullable<Caller['process']>['pid']): string {
  return `process ${root}`;
}
