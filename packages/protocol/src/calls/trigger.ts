import { z } from 'zod';
import { pid } from '../schemas/ids.ts';
import { jsonValue } from '../schemas/json.ts';
import { virtualPath } from '../schemas/path.ts';
import { permission } from '../schemas/permission.ts';
import { processExit } from '../schemas/process.ts';
import { restart } from '../schemas/restart.ts';
import { budget } from '../schemas/usage.ts';
import { defineSyscall } from '../syscall.ts';

const triggerId = z.number().int().positive();

const fileChange = z.enum(['created', 'changed', 'deleted']);

const webhook = z.object({
  kind: z.literal('webhook'),
  secret: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,127}$/, 'must be the name of a variable, such as GITHUB_WEBHOOK_SECRET')
    .describe('Name of the variable, of the secret store or the environment, with which the sender signs'),
});

const file = z.object({
  kind: z.literal('file'),
  path: virtualPath.describe(
    'A file, or a pattern such as /inbox/** or /inbox/*.pdf; hidden files do not count',
  ),
  changes: z
    .array(fileChange)
    .min(1)
    .default([...fileChange.options]),
  debounceMs: z
    .number()
    .int()
    .min(50)
    .max(3_600_000)
    .default(500)
    .describe('Files must have been left alone for so long; what changed until then is one event'),
});

const message = z
  .object({ kind: z.literal('message') })
  .describe('Mail for the name of the agent, while no process of it lives; the process receives it');

const exit = z.object({
  kind: z.literal('exit'),
  of: z
    .union([pid, z.string().min(1)])
    .describe('A process by its pid, or all processes of an agent by its name'),
  exits: z
    .array(processExit)
    .min(1)
    .default([...processExit.options])
    .describe('The ends that count'),
});

/** What a trigger waits for. */
export const triggerSource = z.discriminatedUnion('kind', [webhook, file, message, exit]);
export type TriggerSource = z.infer<typeof triggerSource>;

const deliver = z
  .enum(['start', 'message'])
  .describe(
    'start: each event starts the agent, with the event as its input, or as field "event" of the input given; message: it is sent to the name of the agent',
  );

const triggerDescription = z.object({
  id: triggerId,
  agent: z.string(),
  on: triggerSource,
  deliver,
  input: jsonValue,
  durable: z.boolean(),
  owner: z.string().describe('The user for whom its processes run'),
  url: z.string().optional().describe('Path at which a webhook is received'),
  pending: z.number().int().nonnegative().describe('Events that have come and are not delivered yet'),
  lastAt: z.string().optional().describe('When an event was delivered last (ISO 8601)'),
  lastPid: pid.optional().describe('The process that was started last'),
  lastError: z.string().optional().describe('Why the last event could not be delivered'),
});
export type TriggerDescription = z.infer<typeof triggerDescription>;

export const triggerCalls = {
  'trigger.create': defineSyscall({
    summary:
      'Start an agent, or send it a message, whenever something happens: a webhook, a change of a file, a message, the end of a process. It outlives processes and kernels.',
    input: z.object({
      agent: z.string().min(1).describe('Name of an installed agent, or absolute path of an agent’s file'),
      on: triggerSource,
      deliver: deliver.default('start'),
      input: jsonValue.default(null).describe('Of each process; what has happened is added to it'),
      permissions: z
        .array(permission)
        .max(1000)
        .optional()
        .describe('Narrows what the agent’s manifest asks for; never more than the caller may'),
      budget: budget.default({}).describe('Of each process'),
      durable: z.boolean().default(false),
      restart: restart.optional(),
      maxPerMinute: z
        .number()
        .int()
        .positive()
        .max(10_000)
        .default(60)
        .describe('Events that are delivered in a minute at most; more of them wait'),
    }),
    output: z.object({ id: triggerId, url: triggerDescription.shape.url }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'trigger.create', target: 'agent' },
  }),
  'trigger.list': defineSyscall({
    summary: 'List the triggers of the calling user.',
    input: z.object({ limit: z.number().int().positive().max(1000).default(100) }),
    output: z.object({ triggers: z.array(triggerDescription) }),
    resource: 'none',
    effect: 'read',
    permission: { action: 'trigger.list' },
  }),
  'trigger.delete': defineSyscall({
    summary: 'Remove a trigger; what it has started goes on, what waits to be delivered is dropped.',
    input: z.object({ trigger: triggerId.describe('Its id') }),
    output: z.object({}),
    resource: 'none',
    effect: 'write',
    permission: { action: 'trigger.delete' },
  }),
} as const;
