import type { Pid } from '@aios/protocol';
import { type Caller, type HandlersOf, handle } from '../../syscall/index.ts';
import { describeApproval } from './approval-row.ts';
import type { Approvals } from './approvals.ts';

/** The system calls on approvals. `checkVisible` throws `not_found` for a process that the caller may not see. */
export function approvalHandlers(
  approvals: Approvals,
  checkVisible: (caller: Caller, pid: Pid) => Promise<void>,
): HandlersOf<'approval'> {
  return {
    'approval.list': handle(async ({ states, pid = undefined, limit }, { caller }) => {
      if (pid !== undefined) await checkVisible(caller, pid);
      // A process sees what it asked for itself.
      const of = pid ?? caller.process?.pid;
      const rows = await approvals.store.list({ tenant: caller.tenant, states, pid: of, limit });
      return { approvals: rows.map(describeApproval) };
    }),
    'approval.get': handle(async ({ id }, { caller }) => {
      const described = describeApproval(await approvals.find(caller, id));
      if (described.pid !== undefined) await checkVisible(caller, described.pid);
      return described;
    }),
    'approval.answer': handle((input, { caller, commit }) => approvals.answer(caller, input, commit)),
  };
}
