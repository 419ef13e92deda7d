import { z } from 'zod';
import { pid, userId } from '../schemas/ids.ts';
import { jsonObject } from '../schemas/json.ts';
import { permission } from '../schemas/permission.ts';
import { defineSyscall } from '../syscall.ts';

/**
 * pending: waits for an answer; approved: may be made, once; used: was made; denied: a person said no; expired: nobody
 * answered in time; withdrawn: the call that asked is no more.
 */
export const approvalState = z.enum(['pending', 'approved', 'used', 'denied', 'expired', 'withdrawn']);
export type ApprovalState = z.infer<typeof approvalState>;

/** once: for this very call; run: until the process that its tree began with has ended; always: for this user and agent. */
export const approvalScope = z.enum(['once', 'run', 'always']);
export type ApprovalScope = z.infer<typeof approvalScope>;

export const approvalDecision = z.enum(['approve', 'deny']);
export type ApprovalDecision = z.infer<typeof approvalDecision>;

const approvalDescription = z.object({
  id: z.string(),
  state: approvalState,
  user: userId.describe('For whom the call would be made'),
  pid: pid.optional(),
  agent: z.string().optional(),
  call: z.string().describe('System call, or the action that a call asked for while it ran'),
  target: z.string().optional().describe('What the call is about, such as a path or the name of a tool'),
  input: jsonObject.describe('What would be done, to the letter'),
  hash: z.string().describe('SHA-256 of call and input; the approval is good for nothing else'),
  reason: z.string().describe('Why somebody is asked'),
  permissions: z.array(permission).describe('What an answer for longer than once would be about'),
  requestedAt: z.string().describe('ISO 8601'),
  expiresAt: z.string().describe('ISO 8601'),
  atTimeout: approvalDecision.describe('The answer that counts where nobody gives one in time'),
  answer: z
    .object({
      decision: approvalDecision,
      by: z.string().describe('`user:NAME`, `webhook` or `timeout`'),
      at: z.string().describe('ISO 8601'),
      scope: approvalScope,
      comment: z.string().optional(),
      input: jsonObject.optional().describe('What is done in place of what was asked for'),
    })
    .optional(),
  usedAt: z.string().optional().describe('ISO 8601; when the call was made'),
});
export type ApprovalDescription = z.infer<typeof approvalDescription>;

const id = z.string().min(1).max(20).describe('Number of an approval, as approval.list shows it');

export const approvalCalls = {
  'approval.list': defineSyscall({
    summary: 'List the calls that waited for a person’s word, newest first.',
    input: z.object({
      states: z.array(approvalState).optional().describe('All when absent'),
      pid: pid.optional().describe('Only those of this process'),
      limit: z.number().int().positive().max(1000).default(100),
    }),
    output: z.object({ approvals: z.array(approvalDescription) }),
    resource: 'none',
    effect: 'read',
    permission: { action: 'approval.read' },
  }),
  'approval.get': defineSyscall({
    summary: 'Show a call that waits for a person’s word, with its exact arguments.',
    input: z.object({ id }),
    output: approvalDescription,
    resource: 'none',
    effect: 'read',
    permission: { action: 'approval.read', target: 'id' },
  }),
  'approval.answer': defineSyscall({
    summary:
      'Approve a call that waits, as it is or with other arguments, or deny it; for people, not for processes.',
    input: z.object({
      id,
      decision: approvalDecision,
      scope: approvalScope.default('once'),
      input: jsonObject
        .optional()
        .describe('The input that the call is made with in place of the one that was asked for'),
      comment: z.string().max(1000).optional().describe('Told to the agent where the call is denied'),
    }),
    output: approvalDescription,
    resource: 'none',
    effect: 'write',
    permission: { action: 'approval.answer', target: 'id' },
  }),
} as const;
