import { z } from 'zod';
import { pid } from '../schemas/ids.ts';
import { processState } from '../schemas/process.ts';
import { defineSyscall } from '../syscall.ts';
import { modelHealth } from './llm.ts';
import { kernelSchedule, scheduleInput } from './schedule.ts';

const queue = z.object({
  name: z.string().describe('Such as core:gpt-5-mini or storage'),
  capacity: z.number().int().positive(),
  running: z.number().int().nonnegative(),
  queued: z.number().int().nonnegative(),
});

const kernelStatus = z.object({
  version: z.string(),
  state: z.enum(['ready', 'draining', 'closing']),
  startedAt: z.string().describe('ISO 8601'),
  uptimeMs: z.number().nonnegative(),
  home: z.string(),
  osPid: z.number().int().describe('Process number of the kernel in the host’s operating system'),
  node: z.string().describe('Version of Node.js'),
  database: z.enum(['sqlite', 'postgresql']),
  models: z.array(
    z.object({
      name: z.string(),
      provider: z.string(),
      notice: z.string().optional(),
      health: modelHealth.optional(),
    }),
  ),
  mounts: z.array(z.object({ path: z.string(), source: z.string(), readOnly: z.boolean() })),
  processes: z.partialRecord(processState, z.number().int().nonnegative()),
  queues: z.array(queue),
  residentBytes: z.number().int().positive(),
});
export type KernelStatus = z.infer<typeof kernelStatus>;

export const kernelCalls = {
  'kernel.status': defineSyscall({
    summary: 'Say how the kernel is: models, mounts, processes, queues.',
    input: z.object({}),
    output: kernelStatus,
    resource: 'none',
    effect: 'read',
    permission: { action: 'kernel.status' },
  }),
  'kernel.schedule': defineSyscall({
    summary: 'Say who holds the slots, who waits, in which order, and why.',
    input: scheduleInput,
    output: kernelSchedule,
    resource: 'none',
    effect: 'read',
    permission: { action: 'kernel.schedule' },
  }),
  'kernel.refresh': defineSyscall({
    summary: 'Read the configuration and the secret store again. A broken file changes nothing and says why.',
    input: z.object({}),
    output: z.object({
      changed: z.array(z.string()).describe('Keys, and variables of the secret store, that took effect'),
      restartNeeded: z.array(z.string()).describe('Changed ones that take effect at the next start only'),
    }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'kernel.refresh' },
  }),
  'kernel.drain': defineSyscall({
    summary:
      'Bring the kernel to rest before it is stopped: nothing new is started, durable processes stop at their next call, the others get the time to end. For its operator alone.',
    input: z.object({
      deadlineMs: z.number().int().nonnegative().max(86_400_000).default(60_000),
    }),
    output: z.object({
      atRest: z
        .array(pid)
        .describe('Durable processes of which no call is under way; they go on at the next boot'),
      ended: z.array(pid),
      busy: z.array(pid).describe('Those that the time was too short for'),
    }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'kernel.drain' },
  }),
} as const;
