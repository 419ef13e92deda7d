import { z } from 'zod';
import { problem } from '../errors/codes.ts';
import { checkpointId, pid } from '../schemas/ids.ts';
import { jsonValue } from '../schemas/json.ts';
import { permission } from '../schemas/permission.ts';
import { processExit, processHealth, processState, signalName } from '../schemas/process.ts';
import { restart, restartDescription } from '../schemas/restart.ts';
import { runtimeName } from '../schemas/runtime.ts';
import { urgency } from '../schemas/scheduling.ts';
import { budget } from '../schemas/usage.ts';
import { defineSyscall } from '../syscall.ts';
import { effectState } from './effect.ts';

const processDescription = z.object({
  pid,
  parent: pid.optional().describe('The process that started it'),
  adoptedBy: pid.optional().describe('Its nearest living ancestor, once the parent has ended before it'),
  group: pid.describe('Number of its process group: the pid of the process that the group began with'),
  agent: z.string(),
  owner: z.string().describe('The user for whom it runs'),
  state: processState,
  runtime: runtimeName,
  durable: z.boolean(),
  run: z
    .number()
    .int()
    .positive()
    .describe('How often its code has begun: one more each time that it continues as new'),
  input: jsonValue.describe('Of the present run'),
  output: jsonValue.optional(),
  error: problem.optional(),
  exit: processExit.optional().describe('How it ended'),
  createdAt: z.string().describe('ISO 8601'),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  health: processHealth.optional().describe('Absent once it has ended for good'),
  lastProgressAt: z.string().optional().describe('When a call of it was answered last in this kernel'),
  breaks: z.number().int().positive().optional().describe('How often it broke the thread that it ran on'),
  restart: restartDescription.optional().describe('Present where it is started again after its end'),
  used: z.object({
    calls: z.number().int().nonnegative().describe('System calls of this process and its children'),
    tokens: z.number().int().nonnegative().describe('Model tokens of this process and its children'),
    usd: z
      .number()
      .nonnegative()
      .describe('US dollars of this process and its children, as far as prices are known'),
  }),
  budget,
  permissions: z
    .array(z.array(permission))
    .describe('Layers; a call is allowed only if every layer allows it'),
});
export type ProcessDescription = z.infer<typeof processDescription>;

export const logKind = z
  .enum(['state', 'syscall', 'log', 'stdout', 'stderr'])
  .describe('stdout, stderr: what an agent in a process of its own printed');

const logEntry = z.object({
  sequence: z.number().int().positive(),
  at: z.string().describe('ISO 8601'),
  kind: logKind,
  text: z.string(),
});
export type LogEntry = z.infer<typeof logEntry>;

const count = z.number().int().nonnegative();
const callNumber = count
  .max(Number.MAX_SAFE_INTEGER)
  .describe('Ordinal of a call, as `aios replay` shows it');

const replayedCall = z.object({
  call: count.describe('Ordinal of the call'),
  name: z.string(),
  target: z.string().optional().describe('What the call is about, such as the name of a tool'),
  outcome: z
    .enum(['answered', 'failed', 'open', 'differs'])
    .describe('open: the journal has no answer; differs: the journal has another call there'),
});
export type ReplayedCall = z.infer<typeof replayedCall>;

/** What a process is started with. */
export const spawnInput = z.object({
  agent: z.string().min(1).describe('Name of an installed agent, or absolute path of an agent’s file'),
  input: jsonValue.default(null),
  runtime: runtimeName.optional().describe('What the agent’s manifest says when absent'),
  permissions: z
    .array(permission)
    .max(1000)
    .optional()
    .describe('Narrows what the agent’s manifest asks for; all of that when absent'),
  budget: budget.default({}),
  ...urgency,
  group: z
    .enum(['inherit', 'new'])
    .default('inherit')
    .describe('Process group: that of the parent, or one of its own; one without a parent has its own'),
  durable: z.boolean().default(false).describe('Journal its calls and resume it after a crash'),
  restart: restart
    .optional()
    .describe('Whether it is started again, as a new process, after its end; never when absent'),
});

export const processCalls = {
  'process.spawn': defineSyscall({
    summary: 'Start an agent as a process, a child of the caller.',
    input: spawnInput,
    output: z.object({ pid }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'process.spawn', target: 'agent' },
  }),
  'process.list': defineSyscall({
    summary: 'List processes, newest first: all of them for a user, its own descendants for a process.',
    input: z.object({
      states: z.array(processState).optional(),
      group: pid.optional().describe('Only those of this process group'),
      limit: z.number().int().positive().max(10_000).default(100),
    }),
    output: z.object({ processes: z.array(processDescription) }),
    resource: 'none',
    effect: 'read',
    permission: { action: 'process.read' },
  }),
  'process.get': defineSyscall({
    summary: 'Describe a process.',
    input: z.object({ pid }),
    output: processDescription,
    resource: 'none',
    effect: 'read',
    permission: { action: 'process.read' },
  }),
  'process.wait': defineSyscall({
    summary: 'Wait until a process has ended and describe it.',
    input: z.object({
      pid,
      timeoutMs: z
        .number()
        .int()
        .positive()
        .max(86_400_000)
        .optional()
        .describe('Error deadline_exceeded after it'),
    }),
    output: processDescription,
    resource: 'none',
    effect: 'read',
    permission: { action: 'process.read' },
  }),
  'process.budget': defineSyscall({
    summary:
      'Give a living process a larger or smaller budget. What it used counts on; a process may do it for those that it started, not for itself.',
    input: z.object({
      pid,
      budget: budget.describe('Bounds that take the place of its own; those that are not named stay'),
    }),
    output: z.object({ pid, budget }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'process.budget' },
  }),
  'process.kill': defineSyscall({
    summary: 'End a process and its descendants; running calls are cancelled.',
    input: z.object({ pid, reason: z.string().max(1000).default('killed by request') }),
    output: processDescription,
    resource: 'none',
    effect: 'write',
    permission: { action: 'process.kill' },
  }),
  'process.signal': defineSyscall({
    summary: 'Send a signal to a process, to its descendants too or to its group.',
    input: z.object({
      pid,
      signal: signalName,
      message: jsonValue
        .default(null)
        .describe('For the agent with interrupt; the reason, as text, with the others'),
      scope: z
        .enum(['process', 'tree', 'group'])
        .optional()
        .describe('Whom it reaches: by default the process alone with interrupt, else its descendants, too'),
      graceMs: z
        .number()
        .int()
        .nonnegative()
        .max(3_600_000)
        .default(5000)
        .describe('With terminate: how long the agent has before it is killed'),
    }),
    output: z.object({ signalled: z.array(pid).describe('The processes that it reached') }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'process.signal', target: 'signal' },
  }),
  'process.logs': defineSyscall({
    summary: 'Read what a process did: its states, system calls and own log lines, oldest first.',
    input: z.object({
      pid,
      after: z.number().int().nonnegative().default(0).describe('Only entries with a greater sequence'),
      limit: z.number().int().positive().max(10_000).default(1000),
      follow: z.boolean().default(false).describe('Stream entries as chunks until the process has ended'),
    }),
    output: z.object({ entries: z.array(logEntry) }),
    chunk: logEntry,
    resource: 'none',
    effect: 'read',
    permission: { action: 'process.read' },
  }),
  'process.version': defineSyscall({
    summary: 'Say which version of its code a durable process is to follow where the code was changed.',
    input: z.object({
      change: z.string().min(1).max(128).describe('Names the change'),
      latest: z.number().int().positive().default(1).describe('What a process that comes here first follows'),
    }),
    output: z.object({
      version: z
        .number()
        .int()
        .nonnegative()
        .describe(
          'The same each time that the code runs; 0 for a process that was past this place before the change',
        ),
    }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'process.version' },
  }),
  'process.continue': defineSyscall({
    summary:
      'Begin the calling process anew: its code runs from its beginning with another input and an empty journal. All else stays: pid, family, mailbox, budget, conversations, schedules, effects. The caller gets no answer.',
    input: z.object({ input: jsonValue.default(null).describe('Of the new run') }),
    output: z.object({ run: z.number().int().positive().describe('Number of the new run') }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'process.continue' },
  }),
  'process.replay': defineSyscall({
    summary:
      'Run the code of a durable process, as it is now, against its journal: each call of the present run is answered from it, none is made. Say whether the code does what it did, or where it differs.',
    input: z.object({
      pid,
      timeoutMs: z.number().int().positive().max(3_600_000).default(60_000),
    }),
    output: z.object({
      pid,
      outcome: z.enum(['same', 'differs']),
      calls: count.describe('Calls that were answered from the journal'),
      difference: z.string().optional().describe('What differs, and where'),
      next: replayedCall.optional().describe('The call that the journal has no answer of, where it ends'),
      output: jsonValue.optional().describe('What the code returned, where it came to its end'),
    }),
    chunk: replayedCall,
    resource: 'none',
    effect: 'read',
    permission: { action: 'process.replay' },
  }),
  'process.fork': defineSyscall({
    summary:
      'Begin a durable process that has the journal of another one, up to a call, and goes on from there by itself. What the other one did is not done again.',
    input: z.object({
      pid,
      at: callNumber
        .optional()
        .describe('Its last call that the new process has, too; all that it made when absent'),
    }),
    output: z.object({
      pid: pid.describe('The new process'),
      call: count.describe('The last call that it has'),
    }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'process.fork' },
  }),
  'process.revert': defineSyscall({
    summary:
      'Take a living durable process back to a call of its own, or to a checkpoint, with its conversations: it goes on from there. Processes that it started since are killed. Files, notes and the outside world stay as they are.',
    input: z.object({
      pid,
      call: callNumber
        .optional()
        .describe(
          'The last call that still counts, as `aios replay` shows it; 0 for the beginning of its run',
        ),
      checkpoint: checkpointId.optional().describe('In place of `call`: as it was at this checkpoint of it'),
    }),
    output: z.object({
      pid,
      call: count.describe('The last call that still counts'),
      takenBack: count.describe('Calls that count no longer'),
      killed: z.array(pid).describe('Processes that it had started since'),
    }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'process.revert' },
  }),
  'process.undo': defineSyscall({
    summary:
      'Take a durable process back to a checkpoint together with its conversations, the files that it and its descendants wrote and the notes that they made, and list what they did to the outside world since, which stays done unless it is compensated.',
    input: z.object({
      pid,
      checkpoint: checkpointId.optional().describe('The newest one of the process when absent'),
      others: z
        .enum(['refuse', 'keep', 'overwrite'])
        .default('refuse')
        .describe(
          'What to do where somebody else changed one of the files since: nothing at all, all but these files, or all',
        ),
      compensate: z
        .boolean()
        .default(false)
        .describe('Undo outside effects whose tools offer it, the newest first'),
    }),
    output: z.object({
      pid,
      checkpoint: checkpointId,
      process: z
        .object({ takenBack: count.describe('Calls that count no longer'), killed: z.array(pid) })
        .optional()
        .describe('Absent where the process has ended: it stays as it is'),
      files: z.array(
        z.object({
          path: z.string(),
          outcome: z.enum(['restored', 'removed', 'kept']),
          version: z.number().int().positive().optional().describe('Whose content it holds, or would'),
          changedBy: z.array(z.string()).describe('Who else changed it since'),
        }),
      ),
      notes: z.object({ removed: count }),
      effects: z.array(
        z.object({
          id: z.string(),
          pid,
          call: z.string(),
          target: z.string().optional(),
          state: effectState,
          compensable: z.boolean().describe('Whether its tool can undo it'),
          error: problem.optional().describe('Why it was not compensated, where that was tried'),
        }),
      ),
    }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'process.undo' },
  }),
  'process.log': defineSyscall({
    summary: 'Write a line to the calling process’s own log.',
    input: z.object({ text: z.string().min(1).max(10_000) }),
    output: z.object({}),
    resource: 'none',
    effect: 'write',
    permission: { action: 'process.log' },
  }),
} as const;
