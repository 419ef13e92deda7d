// Who may do what, and how much: tokens, permissions, budgets and quotas. Default deny; a policy only ever narrows.

export { createAnswerTokens } from './answer-tokens.ts';
export {
  Approvals,
  type ApprovalsOptions,
  answerTo,
  approvalHandlers,
  describeApproval,
} from './approvals/index.ts';
export {
  type AuditReport,
  auditHandlers,
  openAudit,
  type SegmentHeader,
  type VerifyOfflineOptions,
  verifyOffline,
  writeSegment,
} from './audit/index.ts';
export { createAuthentication, type Principal } from './authentication.ts';
export { authorise } from './authorisation.ts';
export { nanoUsd, usdOf } from './budget/amounts.ts';
export { type BudgetLedger, openBudgetLedger, type ProcessUse } from './budget/budget-ledger.ts';
export { quotaHandlers } from './budget/handlers.ts';
export { createQuotaRules } from './budget/quota-rules.ts';
export { Gate } from './gate.ts';
export { Grants, grantHandlers } from './grants/index.ts';
export { Guard, sourceName } from './guard/index.ts';
export { Keys, keyHandlers } from './keys/index.ts';
export { compilePattern } from './pattern.ts';
export { createPolicy, joinPolicies, narrowPolicy } from './policy.ts';
