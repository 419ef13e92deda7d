import { z } from 'zod';
import { jsonValue } from '../schemas/json.ts';
import { permission } from '../schemas/permission.ts';
import { restart } from '../schemas/restart.ts';
import { budget } from '../schemas/usage.ts';
import { defineSyscall } from '../syscall.ts';

const scheduleId = z.number().int().positive();

/** When an agent is started: exactly one of cron, everyMs and at. */
const timing = {
  cron: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Such as "0 9 * * 1-5": minute, hour, day, month, weekday'),
  timezone: z
    .string()
    .max(100)
    .default('UTC')
    .describe('IANA name that cron is read in, such as Europe/Berlin; daylight saving time is heeded'),
  everyMs: z
    .number()
    .int()
    .min(1000)
    .max(10 * 365 * 86_400_000)
    .optional(),
  at: z.iso.datetime({ offset: true }).optional().describe('Once, at this time (ISO 8601)'),
  missed: z
    .enum(['skip', 'once', 'all'])
    .default('once')
    .describe(
      'What becomes of runs that were due while no kernel ran: none, one for all of them, or each (100 at most)',
    ),
};

const scheduleDescription = z.object({
  id: scheduleId,
  agent: z.string(),
  input: jsonValue,
  durable: z.boolean(),
  restart: restart.optional(),
  cron: timing.cron,
  timezone: z.string(),
  everyMs: timing.everyMs,
  at: z.string().optional(),
  missed: timing.missed,
  owner: z.string().describe('The user for whom its processes run'),
  nextAt: z.string().describe('ISO 8601'),
  lastAt: z.string().optional().describe('When it last started the agent'),
  lastPid: z.number().int().positive().optional(),
  lastError: z.string().optional().describe('Why the agent could not be started the last time'),
});
export type ScheduleDescription = z.infer<typeof scheduleDescription>;

export const scheduleCalls = {
  'schedule.create': defineSyscall({
    summary:
      'Start an agent at times to come. The schedule follows the agent’s name and outlives processes and kernels.',
    input: z.object({
      agent: z.string().min(1).describe('Name of an installed agent, or absolute path of an agent’s file'),
      input: jsonValue.default(null),
      ...timing,
      permissions: z
        .array(permission)
        .max(1000)
        .optional()
        .describe('Narrows what the agent’s manifest asks for; never more than the caller may'),
      budget: budget.default({}).describe('Of each run'),
      durable: z.boolean().default(false),
      restart: restart.optional().describe('Whether a run that has ended is started again'),
    }),
    output: z.object({ id: scheduleId, nextAt: z.string() }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'schedule.create', target: 'agent' },
  }),
  'schedule.list': defineSyscall({
    summary: 'List the schedules of the calling user, the next one first.',
    input: z.object({ limit: z.number().int().positive().max(1000).default(100) }),
    output: z.object({ schedules: z.array(scheduleDescription) }),
    resource: 'none',
    effect: 'read',
    permission: { action: 'schedule.list' },
  }),
  'schedule.delete': defineSyscall({
    summary: 'End a schedule; what it has started goes on.',
    input: z.object({ schedule: scheduleId.describe('Its id') }),
    output: z.object({}),
    resource: 'none',
    effect: 'write',
    irreversible: true,
    permission: { action: 'schedule.delete' },
  }),
} as const;
