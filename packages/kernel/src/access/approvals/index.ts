// Calls that wait for a person's word: requests, answers, and what an answer is good for.

export { describeApproval, type Question } from './approval-row.ts';
export { Approvals, type ApprovalsOptions, answerTo } from './approvals.ts';
export { approvalHandlers } from './handlers.ts';
