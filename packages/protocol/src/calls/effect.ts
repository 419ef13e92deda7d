import { z } from 'zod';
import { problem } from '../errors/codes.ts';
import { pid } from '../schemas/ids.ts';
import { jsonObject, jsonValue } from '../schemas/json.ts';
import { defineSyscall } from '../syscall.ts';

/**
 * planned: on record, nothing has happened; dispatched: under way; committed: it happened and the receipt is on record; failed:
 * it did not happen; unknown: a crash or a lost connection hid which; reconciled: somebody found out; compensated: undone.
 */
export const effectState = z.enum([
  'planned',
  'dispatched',
  'committed',
  'failed',
  'unknown',
  'reconciled',
  'compensated',
]);
export type EffectState = z.infer<typeof effectState>;

/** committed: it happened. repeat: it did not, and the call is made again. failed: it did not, and the call fails. */
export const effectOutcome = z.enum(['committed', 'repeat', 'failed']);
export type EffectOutcome = z.infer<typeof effectOutcome>;

const effectResolution = z.object({
  outcome: effectOutcome,
  by: z.string().describe('`probe`, or `user:NAME`'),
  reason: z.string(),
  at: z.string().describe('ISO 8601'),
});

const effectDescription = z.object({
  id: z.string(),
  pid,
  agent: z.string(),
  call: z.string().describe('System call'),
  target: z.string().optional().describe('What the call was about, such as the name of the tool'),
  input: jsonObject,
  state: effectState,
  idempotent: z.boolean().describe('Whether a repeat with the same key does no more'),
  idempotencyKey: z.string().describe('What the outside world was told, to know a repeat by'),
  plannedAt: z.string().describe('ISO 8601'),
  dispatchedAt: z.string().optional(),
  settledAt: z.string().optional(),
  receipt: jsonValue.optional().describe('What the call gave'),
  error: problem.optional(),
  resolution: effectResolution.optional(),
});
export type EffectDescription = z.infer<typeof effectDescription>;

const id = z.string().min(1).max(200).describe('Id of an effect, as effect.list shows it');

export const effectCalls = {
  'effect.list': defineSyscall({
    summary: 'List what durable processes did to the outside world, newest first.',
    input: z.object({
      states: z.array(effectState).optional(),
      pid: pid.optional().describe('Only those of this process'),
      limit: z.number().int().positive().max(1000).default(100),
    }),
    output: z.object({ effects: z.array(effectDescription) }),
    resource: 'none',
    effect: 'read',
    permission: { action: 'effect.read' },
  }),
  'effect.get': defineSyscall({
    summary: 'Describe an effect.',
    input: z.object({ id }),
    output: effectDescription,
    resource: 'none',
    effect: 'read',
    permission: { action: 'effect.read' },
  }),
  'effect.resolve': defineSyscall({
    summary: 'Say what became of an effect whose outcome is unknown; for people, not for processes.',
    input: z.object({
      id,
      outcome: effectOutcome.describe(
        'committed: it happened; repeat: it did not, make the call again; failed: it did not, let the call fail',
      ),
      result: jsonValue.optional().describe('What the call would have given, where it happened'),
      reason: z.string().max(1000).default('resolved by hand'),
    }),
    output: effectDescription,
    resource: 'none',
    effect: 'write',
    permission: { action: 'effect.resolve' },
  }),
  'effect.compensate': defineSyscall({
    summary: 'Undo an effect that happened, by the compensation that its tool offers.',
    input: z.object({ id }),
    output: effectDescription,
    resource: 'tool',
    effect: 'external',
    permission: { action: 'effect.compensate' },
  }),
} as const;
