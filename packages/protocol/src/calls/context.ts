import { z } from 'zod';
import { checkpointId, conversationName, pid } from '../schemas/ids.ts';
import { jsonValue } from '../schemas/json.ts';
import { defineSyscall } from '../syscall.ts';
import { message } from './llm.ts';
import { spawnInput } from './process.ts';

const whose = {
  pid: pid.optional().describe('Process whose conversation it is; the calling one when absent'),
  conversation: conversationName.default('main'),
};
const count = z.number().int().nonnegative();

const conversation = z.object({
  pid,
  conversation: conversationName,
  length: count.describe('Messages'),
  bytes: count.describe('Of all messages, as JSON'),
});

const checkpoint = z.object({
  id: checkpointId,
  pid,
  conversation: conversationName,
  length: count.describe('Messages at that point'),
  bytes: count.describe('Of these messages, as JSON'),
  label: z.string().optional().describe('Such a checkpoint is kept until it is deleted'),
  cause: z
    .enum(['request', 'restore'])
    .describe('restore: made by the kernel of what a restored conversation held before'),
  createdAt: z.string().describe('ISO 8601'),
  files: count.describe(
    'Files that the process and its descendants had written; their versions are on record',
  ),
});
export type ContextCheckpoint = z.infer<typeof checkpoint>;

const page = {
  after: count.default(0).describe('Only messages after the first so many'),
  limit: z.number().int().positive().max(10_000).default(1000).describe('At most so many messages'),
};

const fileChange = z.object({
  path: z.string(),
  from: z.number().int().positive().optional().describe('Version; absent where there was none on record'),
  to: z.number().int().positive().optional().describe('Version; absent where there was none on record'),
});

const change = z.object({ count, messages: z.array(message).describe('Oldest first, up to the limit') });

export const contextCalls = {
  'context.append': defineSyscall({
    summary:
      'Add messages to a kept conversation of a process, all or none. It begins with the first of them.',
    input: z.object({ ...whose, messages: z.array(message).min(1).max(1000) }),
    output: conversation,
    resource: 'none',
    effect: 'write',
    permission: { action: 'context.write' },
  }),
  'context.read': defineSyscall({
    summary: 'Read a kept conversation of a process, as it is now or was at a checkpoint.',
    input: z.object({
      ...whose,
      checkpoint: checkpointId.optional().describe('As it was then; the conversation is the checkpoint’s'),
      ...page,
    }),
    output: conversation.extend({ messages: z.array(message).describe('Oldest first') }),
    resource: 'none',
    effect: 'read',
    permission: { action: 'context.read' },
  }),
  'context.checkpoint': defineSyscall({
    summary:
      'Mark where a conversation is, together with the versions of the files and the notes at this time, to come back to.',
    input: z.object({
      ...whose,
      label: z
        .string()
        .min(1)
        .max(200)
        .refine((text) => !text.includes('\0'), 'must not contain a NUL character')
        .optional()
        .describe('A checkpoint with a label is kept until it is deleted; others as long as the policy says'),
    }),
    output: checkpoint,
    resource: 'none',
    effect: 'write',
    permission: { action: 'context.write' },
  }),
  'context.list': defineSyscall({
    summary: 'List the kept conversations of a process and its checkpoints, newest first.',
    input: z.object({
      pid: whose.pid,
      limit: z.number().int().positive().max(10_000).default(100).describe('At most so many checkpoints'),
    }),
    output: z.object({ conversations: z.array(conversation), checkpoints: z.array(checkpoint) }),
    resource: 'none',
    effect: 'read',
    permission: { action: 'context.read' },
  }),
  'context.restore': defineSyscall({
    summary:
      'Take a conversation back to a checkpoint of it. What it held before stays: a checkpoint is made of it first.',
    input: z.object({ checkpoint: checkpointId }),
    output: conversation.extend({
      before: checkpointId
        .optional()
        .describe('Checkpoint of what the conversation held before; absent where that was nothing new'),
    }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'context.write' },
  }),
  'context.fork': defineSyscall({
    summary:
      'Begin a second future of a conversation: another conversation of the same process, or a new process whose conversation `main` goes on from there.',
    input: z.object({
      ...whose,
      checkpoint: checkpointId
        .optional()
        .describe('Where it forks; the present end of the conversation when absent'),
      as: conversationName
        .optional()
        .describe('Name of the new conversation of the same process; this or `spawn` must be given'),
      spawn: spawnInput
        .extend({ agent: spawnInput.shape.agent.optional(), input: jsonValue.optional() })
        .optional()
        .describe(
          'A new process, as `process.spawn` takes it; agent and input are those of the forked one when absent',
        ),
    }),
    output: conversation,
    resource: 'none',
    effect: 'write',
    permission: { action: 'context.write' },
  }),
  'context.diff': defineSyscall({
    summary: 'Compare two checkpoints, or a checkpoint and what its conversation holds now.',
    input: z.object({
      from: checkpointId,
      to: checkpointId.optional().describe('The present state of the conversation of `from` when absent'),
      limit: page.limit,
    }),
    output: z.object({
      common: count.describe('Messages that both begin with'),
      removed: change.describe('Only in `from`'),
      added: change.describe('Only in `to`'),
      files: z.array(fileChange).describe('Files on record whose version is another'),
      notes: z.object({ added: count }).describe('Notes that the agent made in between'),
    }),
    resource: 'none',
    effect: 'read',
    permission: { action: 'context.read' },
  }),
  'context.delete': defineSyscall({
    summary: 'Forget a checkpoint. Messages that nothing else leads to are removed soon after.',
    input: z.object({ checkpoint: checkpointId }),
    output: z.object({}),
    resource: 'none',
    effect: 'write',
    irreversible: true,
    permission: { action: 'context.write' },
  }),
} as const;
