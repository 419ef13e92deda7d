// Who may do what, and how much: tokens, permissions, budgets. Default deny; a policy only ever narrows.

export { createAuthentication, type Principal } from './authentication.ts';
export { authorise } from './authorisation.ts';
export { BudgetLedger, type Used } from './budget-ledger.ts';
export { Keys, keyHandlers } from './keys/index.ts';
export { createPolicy, joinPolicies, narrowPolicy } from './policy.ts';
