// Who may do what, and how much: tokens, permissions, budgets. Default deny; a policy only ever narrows.

export { createAuthentication } from './authentication.ts';
export { authorise } from './authorisation.ts';
export { BudgetLedger, type Used } from './budget-ledger.ts';
export { createPolicy, narrowPolicy } from './policy.ts';
