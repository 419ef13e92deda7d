import { z } from 'zod';
import { pid } from './ids.ts';
import { jsonValue } from './json.ts';

/**
 * created: on record; ready: waits for its runtime; suspended: makes no calls until it is resumed; lost: its kernel died and
 * it could not be resumed.
 */
export const processState = z.enum([
  'created',
  'ready',
  'running',
  'waiting',
  'suspended',
  'succeeded',
  'failed',
  'killed',
  'lost',
]);
export type ProcessState = z.infer<typeof processState>;

/**
 * How a process ended. needs_input: the agent gave up because a person must answer or decide something; budget_exceeded: it
 * met a bound of its budget or of a quota. Both are states `failed` or `killed`.
 */
export const processExit = z.enum(['success', 'needs_input', 'failed', 'budget_exceeded', 'killed', 'lost']);
export type ProcessExit = z.infer<typeof processExit>;

/**
 * starting: no call of it was answered yet; healthy: it works, or waits; stalled: it runs, has asked nothing of the kernel and was
 * answered nothing for long; restarting: it has ended and is to be started again.
 */
export const processHealth = z.enum(['starting', 'healthy', 'stalled', 'restarting']);
export type ProcessHealth = z.infer<typeof processHealth>;

/**
 * What a process can be told. terminate: end in order within the grace period, else it is killed; kill: end at once; suspend:
 * no further calls until resume; interrupt: a message for the agent, which decides what to do about it.
 */
export const signalName = z.enum(['terminate', 'kill', 'suspend', 'resume', 'interrupt']);
export type SignalName = z.infer<typeof signalName>;

/** A signal that the agent itself hears of; the others act without it. */
export const processSignal = z.object({
  signal: z.enum(['terminate', 'interrupt']),
  message: jsonValue,
  sender: pid.optional().describe('The process that sent it; absent for a person'),
  sentAt: z.string().describe('ISO 8601'),
});
export type ProcessSignal = z.infer<typeof processSignal>;
