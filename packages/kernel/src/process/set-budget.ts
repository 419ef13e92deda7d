import { AiosError, type Budget, type Pid } from '@aios/protocol';
import type { BudgetLedger } from '../access/index.ts';
import type { Caller, Commit } from '../syscall/index.ts';
import type { ProcessStore } from './process-store.ts';
import type { ProcessView } from './process-view.ts';

interface Modules {
  readonly view: ProcessView;
  readonly store: ProcessStore;
  readonly ledger: BudgetLedger;
}

/**
 * Gives a living process other bounds; those that are not named stay, and what it used counts on. Calls that waited for room
 * go on where there is some now. Throws `permission_denied` for a process that asks for itself, `not_found` for one that does
 * not live or that the caller may not see.
 */
export async function setBudget(
  { view, store, ledger }: Modules,
  caller: Caller,
  { pid, budget: changes }: { pid: Pid; budget: Budget },
  commit: Commit<{ pid: Pid; budget: Budget }>,
): Promise<{ pid: Pid; budget: Budget }> {
  const process = view.findLiving(caller, pid);
  if (process === undefined) {
    throw new AiosError('not_found', `There is no living process ${pid} whose budget could be changed.`);
  }
  if (caller.process?.pid === pid) {
    throw new AiosError('permission_denied', 'A process cannot change its own budget. Ask who started it.');
  }
  const budget: Budget = { ...process.budget, ...changes };
  const answer = await commit(async (transaction) => {
    await store.setBudget(transaction, pid, budget);
    return { pid, budget };
  });
  process.budget = budget;
  ledger.rebind(pid, budget);
  return answer;
}
