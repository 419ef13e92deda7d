import { z } from 'zod';
import { jsonValue } from '../schemas/json.ts';
import { message, messageFilter, messageId } from '../schemas/message.ts';
import { defineSyscall } from '../syscall.ts';

const to = z
  .string()
  .regex(
    /^([1-9]\d{0,14}|[a-z0-9][a-z0-9._/-]{0,127})$/,
    'must be a pid, the name of an agent, "parent" or "user"',
  )
  .describe(
    'A pid; the name of an agent, whose mail waits until one runs; parent, or whoever adopted the caller; user, for whom the caller runs',
  );
const topic = z.string().min(1).max(256);
const maxWaitMs = 86_400_000;
const timeoutMs = z
  .number()
  .int()
  .positive()
  .max(maxWaitMs)
  .optional()
  .describe('Error deadline_exceeded after it');
const waitMs = z
  .number()
  .int()
  .nonnegative()
  .max(maxWaitMs)
  .default(0)
  .describe('How long to wait for room where the mailbox is full; error rate_limited after it');
const subscriber = z
  .enum(['agent', 'process'])
  .default('agent')
  .describe('Whose mailbox: that of the agent’s name, which outlives the process, or that of the process');

export const messageCalls = {
  'message.send': defineSyscall({
    summary: 'Put a message into a mailbox.',
    input: z.object({
      to,
      content: jsonValue,
      isQuestion: z
        .boolean()
        .default(false)
        .describe('Whether a reply is wanted; message.receive with replyTo waits for it'),
      waitMs,
    }),
    output: z.object({ id: messageId }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'message.send', target: 'to' },
  }),
  'message.receive': defineSyscall({
    summary: 'Take the oldest message out of the mailboxes of the caller; wait where there is none.',
    input: messageFilter.extend({ timeoutMs }),
    output: message,
    resource: 'none',
    effect: 'write',
    permission: { action: 'message.receive' },
  }),
  'message.reply': defineSyscall({
    summary: 'Answer a question that the caller has received.',
    input: z.object({ question: messageId.describe('Its id'), content: jsonValue }),
    output: z.object({ id: messageId }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'message.reply' },
  }),
  'message.publish': defineSyscall({
    summary: 'Send a message to everybody who subscribed to a topic.',
    input: z.object({ topic, content: jsonValue }),
    output: z.object({
      delivered: z.number().int().nonnegative(),
      refused: z.number().int().nonnegative().describe('Subscribers whose mailbox is full'),
    }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'message.publish', target: 'topic' },
  }),
  'message.subscribe': defineSyscall({
    summary: 'Have what is published on a topic put into a mailbox of the caller.',
    input: z.object({ topic, as: subscriber }),
    output: z.object({}),
    resource: 'none',
    effect: 'write',
    permission: { action: 'message.subscribe', target: 'topic' },
  }),
  'message.unsubscribe': defineSyscall({
    summary: 'End a subscription to a topic.',
    input: z.object({ topic, as: subscriber }),
    output: z.object({}),
    resource: 'none',
    effect: 'write',
    permission: { action: 'message.subscribe', target: 'topic' },
  }),
} as const;
