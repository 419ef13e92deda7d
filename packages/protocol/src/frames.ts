import { z } from 'zod';
import { problem } from './errors/codes.ts';
import { kernelEvent, kernelEventTypes } from './events.ts';
import { pid } from './schemas/ids.ts';
import { jsonValue } from './schemas/json.ts';

/** Which events a subscriber wants; all that it may see when empty. */
export const eventFilter = z.object({
  types: z.array(z.enum(kernelEventTypes)).optional(),
  pid: pid.optional().describe('Only events of this process and its descendants'),
});
export type EventFilter = z.infer<typeof eventFilter>;

const id = z
  .number()
  .int()
  .nonnegative()
  .describe('Chosen by the client, unique among what is open on the connection');

/** What a client sends over the WebSocket. */
export const clientFrame = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('call'),
    id,
    name: z.string(),
    input: z.unknown().optional().describe('As the call’s schema says; an empty object when absent'),
    stream: z.boolean().optional().describe('Send partial results as chunk frames'),
    deadlineMs: z.number().int().positive().max(86_400_000).optional().describe('At most a day'),
  }),
  z.object({ type: z.literal('cancel'), id }),
  z.object({ type: z.literal('subscribe'), id, filter: eventFilter.default({}) }),
  z.object({ type: z.literal('unsubscribe'), id }),
]);
export type ClientFrame = z.infer<typeof clientFrame>;

/** What the kernel sends over the WebSocket. Each call ends with exactly one result or error frame. */
export const serverFrame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('chunk'), id, chunk: jsonValue }),
  z.object({ type: z.literal('result'), id, output: jsonValue }),
  z.object({
    type: z.literal('error'),
    id: id.nullable().describe('null when the frame itself could not be read'),
    error: problem,
  }),
  z.object({ type: z.literal('subscribed'), id }),
  z.object({ type: z.literal('event'), id, event: kernelEvent }),
]);
export type ServerFrame = z.infer<typeof serverFrame>;
