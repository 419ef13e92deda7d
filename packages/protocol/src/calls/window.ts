import { z } from 'zod';
import { defineSyscall } from '../syscall.ts';

export const windowCalls = {
  'context.page': defineSyscall({
    summary:
      'Read a result of a tool that was moved out of a conversation because it was too long for the window. Only the process, key or user whose conversation it was finds it.',
    input: z.object({
      id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be the id of a page, as the reference to it says'),
      offset: z.number().int().nonnegative().default(0).describe('Characters before the part that is read'),
      limit: z
        .number()
        .int()
        .positive()
        .max(1_000_000)
        .default(20_000)
        .describe('Characters to read at most'),
    }),
    output: z.object({
      id: z.string(),
      toolName: z.string().describe('The tool whose result it is'),
      content: z.string(),
      offset: z.number().int().nonnegative(),
      totalCharacters: z.number().int().nonnegative(),
      nextOffset: z.number().int().positive().optional().describe('Where to go on; absent at the end'),
    }),
    resource: 'storage',
    effect: 'read',
    permission: { action: 'context.page' },
  }),
} as const;
