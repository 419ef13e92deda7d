import { z } from 'zod';
import { jsonValue } from '../schemas/json.ts';
import { defineSyscall } from '../syscall.ts';

const conversationId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1 to 128 letters, digits, "_" or "-"');

const conversationEntry = z.object({
  id: conversationId,
  previous: conversationId.optional().describe('The entry that this one goes on from'),
  value: jsonValue,
  createdAt: z.string().describe('ISO 8601'),
  expiresAt: z.string().describe('ISO 8601; put off whenever a later entry goes on from this one'),
});
export type ConversationEntry = z.infer<typeof conversationEntry>;

export const conversationCalls = {
  'conversation.put': defineSyscall({
    summary:
      'Keep an entry of a conversation for a time. Only the same user, with the same key or as the same process, finds it again.',
    input: z.object({
      id: conversationId,
      previous: conversationId.optional().describe('The entry that this one goes on from'),
      value: jsonValue,
      ttlMs: z
        .number()
        .int()
        .positive()
        .max(315_360_000_000)
        .optional()
        .describe(
          'Milliseconds until it is forgotten; `conversation.ttl_ms` of the configuration when absent',
        ),
    }),
    output: z.object({ expiresAt: z.string().describe('ISO 8601') }),
    resource: 'storage',
    effect: 'write',
    permission: { action: 'conversation.write' },
  }),
  'conversation.get': defineSyscall({
    summary: 'Read an entry of a conversation, alone or with all that went before it.',
    input: z.object({
      id: conversationId,
      history: z.boolean().default(false).describe('Also the entries that it goes on from'),
    }),
    output: z.object({
      entries: z.array(conversationEntry).describe('Oldest first; the last is the one that was asked for'),
    }),
    resource: 'storage',
    effect: 'read',
    permission: { action: 'conversation.read' },
  }),
  'conversation.delete': defineSyscall({
    summary: 'Forget an entry of a conversation. Entries that go on from it remain, their history does not.',
    input: z.object({ id: conversationId }),
    output: z.object({}),
    resource: 'storage',
    effect: 'write',
    irreversible: true,
    permission: { action: 'conversation.write' },
  }),
} as const;
