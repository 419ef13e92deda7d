import { z } from 'zod';
import { approvalDecision } from './calls/approval.ts';
import { modelHealth } from './calls/llm.ts';
import { errorCodes } from './errors/codes.ts';
import { pid } from './schemas/ids.ts';
import { processState, signalName } from './schemas/process.ts';
import { quotaBound } from './schemas/quota.ts';
import { atLimit, usage } from './schemas/usage.ts';
import { windowReport } from './schemas/window.ts';

const processRef = { pid, agent: z.string() };
const caller = { pid: pid.optional(), agent: z.string().optional() };

/** Milliseconds that each step of the path took; a step that did not apply is absent. */
const steps = z.partialRecord(
  z.enum(['authenticate', 'validate', 'authorise', 'admit', 'journal', 'schedule', 'execute', 'settle']),
  z.number().nonnegative(),
);

const body = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('process-changed'),
    ...processRef,
    parent: pid.optional(),
    from: processState.optional(),
    to: processState,
    cause: z.string(),
  }),
  z.object({
    type: z.literal('process-signalled'),
    ...processRef,
    signal: signalName,
    sender: pid.optional().describe('The process that sent it; absent for a person'),
    reason: z.string().optional(),
  }),
  z
    .object({ type: z.literal('process-adopted'), ...processRef, from: pid, by: pid.optional() })
    .describe('Its parent has ended; by: the nearest living ancestor, if there is one'),
  z
    .object({
      type: z.literal('process-restart'),
      ...processRef,
      cause: z.string(),
      restartAt: z.string().optional().describe('ISO 8601'),
    })
    .describe(
      'A supervised process has ended and is started again, or is given up where there is no restartAt',
    ),
  z.object({ type: z.literal('process-logged'), ...processRef, text: z.string() }),
  z
    .object({
      type: z.literal('process-printed'),
      ...processRef,
      stream: z.enum(['stdout', 'stderr']),
      text: z.string(),
    })
    .describe('A line that an agent in a process of its own printed'),
  z.object({
    type: z.literal('syscall-started'),
    call: z.string().describe('Number of the call; its syscall-settled carries the same'),
    name: z.string(),
    target: z.string().optional(),
    ...caller,
  }),
  z.object({
    type: z.literal('syscall-settled'),
    call: z.string(),
    name: z.string(),
    target: z.string().optional(),
    ...caller,
    parentCall: z.string().optional().describe('The call inside which this one was made, such as a tool’s'),
    status: z.enum(['ok', 'replayed', 'error']),
    code: errorCodes.optional(),
    message: z.string().optional(),
    durationMs: z.number().nonnegative(),
    steps,
    usage: usage.optional(),
  }),
  z
    .object({ type: z.literal('quota-warning'), ...quotaBound, ...caller })
    .describe('80 % of a bound are used; once per window'),
  z
    .object({
      type: z.literal('quota-exceeded'),
      ...quotaBound,
      ...caller,
      atLimit: atLimit.describe('What was done to the call that met the bound'),
    })
    .describe('A call met a bound; once per window'),
  z
    .object({
      type: z.literal('approval-requested'),
      approval: z.string(),
      name: z.string().describe('System call'),
      target: z.string().optional(),
      reason: z.string(),
      ...caller,
    })
    .describe('A call waits for a person’s word'),
  z.object({
    type: z.literal('approval-answered'),
    approval: z.string(),
    name: z.string().describe('System call'),
    target: z.string().optional(),
    decision: approvalDecision,
    by: z.string(),
    ...caller,
  }),
  z.object({
    type: z.literal('core-changed'),
    model: z.string(),
    provider: z.string(),
    from: modelHealth.shape.state,
    to: modelHealth.shape.state,
    reason: modelHealth.shape.reason,
    retryAtMs: modelHealth.shape.retryAtMs,
  }),
  z
    .object({
      type: z.literal('context-swept'),
      checkpoints: z.number().int().nonnegative(),
      conversations: z.number().int().nonnegative(),
      messages: z.number().int().nonnegative(),
      bytes: z.number().int().nonnegative(),
    })
    .describe('What the policy no longer keeps of the conversations of processes was removed'),
  z
    .object({
      type: z.literal('context-fitted'),
      call: z.string(),
      model: z.string(),
      ...caller,
      context: windowReport,
    })
    .describe('A conversation was made to fit the window of a model'),
  z.object({
    type: z.literal('config-reloaded'),
    changed: z.array(z.string()),
    restartNeeded: z.array(z.string()),
  }),
  z.object({ type: z.literal('config-rejected'), message: z.string() }),
  z.object({ type: z.literal('kernel-ready'), version: z.string() }),
  z.object({ type: z.literal('kernel-closing'), reason: z.string() }),
]);

/** Something that happened. Events report and never steer. */
export const kernelEvent = z.intersection(
  z.object({
    sequence: z.number().int().positive().describe('Grows by one per event of this kernel run'),
    at: z.string().describe('ISO 8601'),
    tenant: z.string().optional().describe('Absent for events of the kernel itself'),
  }),
  body,
);
export type KernelEvent = z.infer<typeof kernelEvent>;
export type KernelEventType = KernelEvent['type'];
export type EventOf<Type extends KernelEventType> = Extract<KernelEvent, { type: Type }>;
export const kernelEventTypes = body.options.map((option) => option.shape.type.value);
