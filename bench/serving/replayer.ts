import { setTimeout as sleep } from 'node:timers/promises';
import { defineAgent } from '@aios/sdk';
import { z } from 'zod';
import { replay } from './replay.ts';

const call = z.object({ input: z.number(), output: z.number() });

/** What an agent of the benchmark is started with. */
const replayerInput = z.object({
  program: z.object({
    id: z.string(),
    agent: z.string(),
    sharedInput: z.object({ kind: z.string(), tokens: z.number() }),
    stages: z.array(z.array(call)),
    pauses: z.array(z.number()),
  }),
  timeScale: z.number(),
});

/** An agent that replays a program: every call is a system call, and its tools take their time. */
export function defineReplayer(name: string) {
  return defineAgent({
    name,
    description: 'Replays a program from the benchmark of serving.',
    runtime: 'inline',
    permissions: ['llm.chat'],
    input: replayerInput,
    output: z.array(z.tuple([z.string(), z.number(), z.number()])),
    async run({ program, timeScale }, aios) {
      const ask = async (messages: Parameters<typeof aios.llm.chat>[0]['messages']) => {
        const { message } = await aios.llm.chat({ messages: [...messages] });
        return message.content;
      };
      const records = await replay(
        program,
        (messages) => ask(messages.map((message) => ({ ...message }))),
        (milliseconds) => sleep(milliseconds / timeScale),
      );
      return records.map(([label, sentAt, doneAt]): [string, number, number] => [label, sentAt, doneAt]);
    },
  });
}
