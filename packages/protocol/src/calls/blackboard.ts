import { z } from 'zod';
import { jsonValue } from '../schemas/json.ts';
import { defineSyscall } from '../syscall.ts';

const key = z.string().min(1).max(256);
const version = z.number().int().nonnegative();
const ifVersion = version
  .optional()
  .describe('Only if it has this version, 0 for one that is not there; error failed_precondition otherwise');
const entry = z.object({
  key,
  value: jsonValue,
  version: version.describe('Grows by one with each change; 0 where there is nothing'),
  changedAt: z.string().optional().describe('ISO 8601'),
});

export const blackboardCalls = {
  'blackboard.get': defineSyscall({
    summary:
      'Read an entry of the blackboard that the processes of a tenant share; null where there is none.',
    input: z.object({ key }),
    output: entry,
    resource: 'none',
    effect: 'read',
    permission: { action: 'blackboard.read', target: 'key' },
  }),
  'blackboard.set': defineSyscall({
    summary: 'Write an entry of the blackboard, if nobody else has changed it meanwhile.',
    input: z.object({ key, value: jsonValue, ifVersion }),
    output: z.object({ version }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'blackboard.write', target: 'key' },
  }),
  'blackboard.delete': defineSyscall({
    summary: 'Take an entry off the blackboard, if nobody else has changed it meanwhile.',
    input: z.object({ key, ifVersion }),
    output: z.object({ isDeleted: z.boolean() }),
    resource: 'none',
    effect: 'write',
    irreversible: true,
    permission: { action: 'blackboard.write', target: 'key' },
  }),
} as const;
