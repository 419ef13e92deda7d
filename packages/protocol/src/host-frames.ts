// What a kernel and a host of agents say to each other. A host is a program that runs agents’ code outside of the kernel: a
// child process, or a program elsewhere that serves agents over a WebSocket. Each frame is one JSON text: a line on a socket,
// a message on a WebSocket. `pid` names the process, `id` a call among those of its process.

import { z } from 'zod';
import { agentManifest } from './agent.ts';
import { problem } from './errors/codes.ts';
import { pid } from './schemas/ids.ts';
import { jsonValue } from './schemas/json.ts';
import { processSignal } from './schemas/process.ts';

const id = z.number().int().nonnegative();

const outcome = <Output extends z.ZodType>(output: Output) =>
  z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), output }),
    z.object({ ok: z.literal(false), error: problem }),
  ]);

/** What a kernel sends to a host. */
export const toHost = z.discriminatedUnion('type', [
  z
    .object({ type: z.literal('describe'), id, entry: z.string() })
    .describe('Asks for the manifest of the agent in this file'),
  z
    .object({
      type: z.literal('start'),
      pid,
      agent: z.string().describe('Name of the agent'),
      entry: z.string().describe('URL of its file, for a host that loads agents from files'),
      input: jsonValue,
    })
    .describe('Runs an agent; answered with started and exit'),
  z.object({ type: z.literal('signal'), pid, signal: processSignal }),
  z
    .object({ type: z.literal('terminate'), pid, error: problem })
    .describe('The agent should come to its end; its calls are answered meanwhile'),
  z
    .object({ type: z.literal('abort'), pid, error: problem })
    .describe('The process has ended: nothing is answered'),
  z
    .object({ type: z.literal('drop'), pid })
    .describe('The agent’s code is to be forgotten without a word to it'),
  z.object({ type: z.literal('chunk'), pid, id, chunk: z.unknown() }),
  z.object({ type: z.literal('result'), pid, id, output: z.unknown() }),
  z.object({ type: z.literal('error'), pid, id, error: problem }),
]);
export type ToHost = z.infer<typeof toHost>;

/** What a host sends to a kernel. Each call is answered with exactly one result or error. */
export const fromHost = z.discriminatedUnion('type', [
  z.object({ type: z.literal('described'), id, outcome: outcome(agentManifest) }),
  z
    .object({ type: z.literal('started'), pid })
    .describe('The answer to start: what came before for this process was of an earlier run'),
  z.object({ type: z.literal('listening'), pid }).describe('The agent wants to hear of signals'),
  z.object({
    type: z.literal('call'),
    pid,
    id,
    name: z.string(),
    input: z.unknown().optional().describe('As the call’s schema says; an empty object when absent'),
    stream: z.boolean().optional().describe('Send partial results as chunk frames'),
    deadlineMs: z.number().int().positive().max(86_400_000).optional().describe('At most a day'),
  }),
  z.object({ type: z.literal('cancel'), pid, id }),
  z
    .object({ type: z.literal('exit'), pid, outcome: outcome(jsonValue) })
    .describe('The agent returned or threw; nothing of its process follows'),
]);
export type FromHost = z.infer<typeof fromHost>;
