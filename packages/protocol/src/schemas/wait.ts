import { z } from 'zod';
import { pid } from './ids.ts';
import { jsonValue } from './json.ts';
import { messageFilter } from './message.ts';
import { processSignal } from './process.ts';

const maxWaitMs = 10 * 365 * 86_400_000;

/** Something that a process can wait for. */
export const waitCondition = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('child'), pid }).describe('The process has ended; gives its description'),
  z
    .object({
      kind: z.literal('timer'),
      afterMs: z.number().int().nonnegative().max(maxWaitMs).optional(),
      at: z.iso.datetime({ offset: true }).optional().describe('ISO 8601; instead of afterMs'),
    })
    .describe('The time has come; gives it'),
  z
    .object({ kind: z.literal('signal'), signal: processSignal.shape.signal.default('interrupt') })
    .describe('The calling process was sent the signal; gives it, and the agent hears of it in no other way'),
  z
    .object({ kind: z.literal('effect'), id: z.string().min(1).max(200).describe('As effect.list shows it') })
    .describe('It is known what became of the effect; gives its description'),
  z
    .object({
      kind: z.literal('approval'),
      id: z.string().min(1).max(20).describe('As approval.list shows it'),
    })
    .describe('The approval was answered, or its time is over; gives its description'),
  z
    .object({
      kind: z.literal('slot'),
      queue: z.string().min(1).max(200).describe('As kernel.schedule shows it'),
    })
    .describe('A call would get a slot of the queue at once; gives its load. None is kept for who waits'),
  messageFilter
    .extend({ kind: z.literal('message') })
    .describe('A message has come; gives it, taken out of the mailbox'),
]);
export type WaitCondition = z.infer<typeof waitCondition>;
export type WaitKind = WaitCondition['kind'];

/** What came of one condition. */
export const waitResult = z.object({
  kind: z.enum(['child', 'timer', 'signal', 'effect', 'approval', 'slot', 'message']),
  value: jsonValue,
});
export type WaitResult = z.infer<typeof waitResult>;
