import { z } from 'zod';
import { pid } from './ids.ts';

export const restartPolicy = z.enum(['never', 'on-failure', 'always']);
export type RestartPolicy = z.infer<typeof restartPolicy>;

/** What becomes of a process that has ended. One that was killed, needs a person or met a bound is never started again. */
export const restart = z.object({
  policy: restartPolicy.describe('on-failure: after it failed or was lost; always: after it succeeded, too'),
  maxAttempts: z
    .number()
    .int()
    .positive()
    .max(1000)
    .default(5)
    .describe('Restarts in a row without progress after which it is given up'),
  progressCalls: z
    .number()
    .int()
    .positive()
    .default(100)
    .describe('So many answered calls are progress, and so is to get further than any run before'),
  backoffMs: z
    .number()
    .int()
    .nonnegative()
    .max(86_400_000)
    .default(1000)
    .describe('Wait before the first restart; each one without progress doubles it'),
  maxBackoffMs: z.number().int().positive().max(86_400_000).default(300_000),
});
export type Restart = z.infer<typeof restart>;

/** A supervised process as it is shown. */
export const restartDescription = restart.extend({
  restarts: z.number().int().nonnegative().describe('How often it was started again before this process'),
  withoutProgress: z.number().int().nonnegative().describe('Restarts in a row without progress'),
  replaces: pid.optional().describe('The process in whose place it was started'),
  nextAt: z.string().optional().describe('When it is started again, once it has ended (ISO 8601)'),
});
