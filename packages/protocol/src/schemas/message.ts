import { z } from 'zod';
import { pid } from './ids.ts';
import { jsonValue } from './json.ts';

export const messageId = z.number().int().positive();

/** Something that was put into a mailbox. */
export const message = z.object({
  id: messageId,
  from: z
    .object({ pid: pid.optional(), agent: z.string().optional() })
    .describe('The process that sent it; empty for a person'),
  content: jsonValue,
  topic: z.string().optional().describe('Of one that was published'),
  isQuestion: z.boolean().describe('Whether the sender waits for a reply'),
  replyTo: messageId.optional().describe('The question that it answers'),
  sentAt: z.string().describe('ISO 8601'),
});
export type Message = z.infer<typeof message>;

/** Which messages are wanted; any, but for replies, when all is absent. */
export const messageFilter = z.object({
  from: z.string().min(1).max(128).optional().describe('Pid or name of the agent that sent it'),
  topic: z.string().min(1).max(256).optional(),
  replyTo: messageId.optional().describe('The reply to this question'),
});
export type MessageFilter = z.infer<typeof messageFilter>;
