import { z } from 'zod';
import { pid, userId } from '../schemas/ids.ts';
import { permission } from '../schemas/permission.ts';
import { defineSyscall } from '../syscall.ts';

export const grantDecision = z.enum(['allow', 'deny']);
export type GrantDecision = z.infer<typeof grantDecision>;

const grantDescription = z.object({
  user: userId.describe('Whose decision it is, and for whose processes it holds'),
  agent: z.string(),
  permission,
  decision: grantDecision,
  irreversible: z.boolean().describe('Also where the call cannot be undone'),
  pid: pid.optional().describe('It holds for this process and what it starts; else always'),
  decidedAt: z.string().describe('ISO 8601'),
});
export type GrantDescription = z.infer<typeof grantDescription>;

const agent = z.string().min(1).max(128);

export const grantCalls = {
  'grant.list': defineSyscall({
    summary: 'List what the user decided that agents may and may not do.',
    input: z.object({ agent: agent.optional().describe('Only what is decided of this agent') }),
    output: z.object({ grants: z.array(grantDescription) }),
    resource: 'none',
    effect: 'read',
    permission: { action: 'grant.read' },
  }),
  'grant.set': defineSyscall({
    summary:
      'Decide for the user, once and for all, what an agent may or may not do; for people, not for processes.',
    input: z.object({
      agent,
      permissions: z
        .array(permission)
        .min(1)
        .max(1000)
        .optional()
        .describe('All that the agent’s manifest asks for when absent'),
      decision: grantDecision.default('allow'),
      irreversible: z
        .boolean()
        .default(false)
        .describe('Nobody is asked about such calls that cannot be undone, either'),
    }),
    output: z.object({ grants: z.array(grantDescription) }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'grant.set', target: 'agent' },
  }),
  'grant.delete': defineSyscall({
    summary: 'Take decisions of the user about an agent back; for people, not for processes.',
    input: z.object({
      agent,
      permissions: z.array(permission).min(1).max(1000).optional().describe('All of them when absent'),
    }),
    output: z.object({ deleted: z.number().int().nonnegative() }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'grant.set', target: 'agent' },
  }),
} as const;
