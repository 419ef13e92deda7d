import { type HandlersOf, handle } from '../../syscall/index.ts';
import type { BudgetLedger } from './budget-ledger.ts';

/** The system calls on quotas. */
export function quotaHandlers(ledger: BudgetLedger): HandlersOf<'quota'> {
  return { 'quota.list': handle((_input, { caller }) => ({ quotas: ledger.list(caller) })) };
}
