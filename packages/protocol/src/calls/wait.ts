import { z } from 'zod';
import { waitCondition, waitResult } from '../schemas/wait.ts';
import { defineSyscall } from '../syscall.ts';

const conditions = z.array(waitCondition).min(1).max(1000);
const timeoutMs = z
  .number()
  .int()
  .positive()
  .max(86_400_000)
  .optional()
  .describe('Error deadline_exceeded after it');

export const waitCalls = {
  'wait.any': defineSyscall({
    summary: 'Wait until one of several things has come: the first in the list, where more than one has.',
    input: z.object({ conditions, timeoutMs }),
    output: waitResult.extend({ index: z.number().int().nonnegative().describe('Place in the list') }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'wait.any' },
  }),
  'wait.all': defineSyscall({
    summary: 'Wait until each of several things has come.',
    input: z.object({ conditions, timeoutMs }),
    output: z.object({ results: z.array(waitResult).describe('In the order of the list') }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'wait.all' },
  }),
  'time.now': defineSyscall({
    summary: 'The time of day of the kernel; a durable process gets the same when it runs again.',
    input: z.object({}),
    output: z.object({ now: z.string().describe('ISO 8601'), unixMs: z.number() }),
    resource: 'none',
    effect: 'read',
    permission: { action: 'time.now' },
  }),
  'time.sleep': defineSyscall({
    summary:
      'Wait for a while, or until a time. A durable process sleeps over restarts, without its code in memory.',
    input: z.object({
      forMs: z
        .number()
        .int()
        .nonnegative()
        .max(10 * 365 * 86_400_000)
        .optional(),
      until: z.iso.datetime({ offset: true }).optional().describe('ISO 8601; instead of forMs'),
    }),
    output: z.object({ now: z.string().describe('ISO 8601') }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'time.sleep' },
  }),
} as const;
