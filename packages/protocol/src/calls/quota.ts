import { z } from 'zod';
import { quota } from '../schemas/quota.ts';
import { defineSyscall } from '../syscall.ts';

export const quotaCalls = {
  'quota.list': defineSyscall({
    summary:
      'List budgets and quotas with what is used of them: a process sees those that its calls count for.',
    input: z.object({}),
    output: z.object({ quotas: z.array(quota) }),
    resource: 'none',
    effect: 'read',
    permission: { action: 'quota.list' },
  }),
} as const;
