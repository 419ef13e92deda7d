// How a program elsewhere offers to run agents, over a WebSocket, and how its connection outlives the loss of one. Each side
// counts the host frames that it took and keeps those that the other has not confirmed.

import { z } from 'zod';
import { agentManifest } from './agent.ts';
import { problem } from './errors/codes.ts';

const received = z.number().int().nonnegative().describe('Host frames that the sender has taken so far');

/** What a host sends beside its host frames; serve is the first frame of each connection. */
export const linkFromHost = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('serve'),
    host: z
      .string()
      .min(16)
      .max(128)
      .describe('Chosen at random by the host, the same on each of its connections'),
    agents: z.array(agentManifest).min(1).max(1000),
    maxProcesses: z
      .number()
      .int()
      .positive()
      .max(100_000)
      .describe('Processes that it runs at the same time'),
    received,
  }),
  z.object({ type: z.literal('ack'), received }),
  z.object({ type: z.literal('leave') }).describe('The host goes away and will not come back'),
]);
export type LinkFromHost = z.infer<typeof linkFromHost>;

/** What the kernel sends beside host frames; the answer to serve is serving or refused. */
export const linkToHost = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('serving'),
    resumed: z.boolean().describe('false: the kernel knows nothing of what the host ran before'),
    received,
  }),
  z.object({ type: z.literal('refused'), error: problem }),
  z.object({ type: z.literal('ack'), received }),
]);
export type LinkToHost = z.infer<typeof linkToHost>;
