// Does what its input says: the subject of the conformance tests of the runtimes. subject.py does the same in Python.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import {
  type AgentContext,
  type Aios,
  AiosError,
  defineAgent,
  needsInput,
  type SyscallName,
} from '@aios/sdk';
import { z } from 'zod';

const input = z.object({
  do: z.string(),
  value: z.json().optional(),
  calls: z.array(z.object({ name: z.string(), input: z.json() })).default([]),
});

type Deed = (
  value: unknown,
  aios: Aios,
  context: AgentContext,
  calls: z.infer<typeof input>['calls'],
) => unknown;

const deeds: Readonly<Record<string, Deed>> = {
  echo: (value) => value,
  throw: () => {
    throw new Error('the agent failed on purpose');
  },
  'throw later': () => {
    setTimeout(() => {
      throw new Error('thrown into nowhere');
    });
    return new Promise(() => undefined);
  },
  ask: () => {
    throw needsInput('Which account?');
  },
  call: async (_value, aios, _context, calls) => {
    const outcomes = [];
    for (const { name, input } of calls) {
      outcomes.push(
        await aios.call(name as SyscallName, input as never).then(
          (output) => ({ output }),
          (error: unknown) => {
            if (!AiosError.isInstance(error)) throw error;
            return { code: error.code, disposition: error.disposition };
          },
        ),
      );
    }
    return JSON.parse(JSON.stringify(outcomes));
  },
  stream: async (_value, aios) => {
    let text = '';
    const messages = [{ role: 'user' as const, content: 'What is a core?' }];
    const onChunk = (chunk: unknown) => {
      text += (chunk as { text?: string }).text ?? '';
    };
    const { message } = await aios.llm.chat({ messages }, { onChunk });
    return { text, content: message.content };
  },
  sleep: async (_value, aios, { signal }) => {
    // The line is there before the answer, so whoever reads it may tell the agent to end in between.
    await aios.process.log({ text: 'asleep' }).catch(() => undefined);
    if (!signal.aborted)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    const putInOrder = () => aios.process.log({ text: 'putting things in order' });
    // The first call after it was told to end is cancelled.
    await putInOrder().catch(putInOrder);
    return 'in order';
  },
  spin: async (_value, aios) => {
    await aios.process.log({ text: 'spinning' });
    let rounds = 0;
    while (rounds >= 0) rounds += 1;
  },
  hear: async (_value, aios, { onSignal }) => {
    const heard: unknown[] = [];
    onSignal(({ message }) => heard.push(message));
    await aios.process.log({ text: 'listening' });
    while (heard.length === 0) await aios.time.sleep({ forMs: 10 });
    return heard;
  },
  /** Adds a note, waits for a message, adds another note. */
  remember: async (value, aios) => {
    const { now } = await aios.time.now();
    const { id } = await aios.memory.add({ content: `first of ${value}` });
    await aios.process.log({ text: 'half way' });
    const { content } = await aios.message.receive();
    await aios.memory.add({ content: `second of ${value}` });
    return { now, id, content };
  },
  /** Adds a note, is killed unless it was killed before, which the file `value` tells, and adds another note. */
  'crash once': async (value, aios) => {
    const { now } = await aios.time.now();
    const { id } = await aios.memory.add({ content: 'before the crash' });
    if (!existsSync(String(value))) {
      writeFileSync(String(value), now);
      process.kill(process.pid, 'SIGKILL');
      await new Promise(() => undefined);
    }
    await aios.memory.add({ content: 'after the crash' });
    return { id, same: readFileSync(String(value), 'utf8') === now };
  },
  print: (value) => {
    console.log(`printed ${value}`);
    console.error('printed an error');
    return process.env.AIOS_TEST_SECRET ?? null;
  },
  exit: () => process.exit(3),
  exhaust: () => {
    const kept: unknown[] = [];
    while (true) kept.push(Array.from({ length: 1000 }, () => ({})));
  },
};

export default defineAgent({
  name: 'subject',
  description: 'Does what its input says.',
  permissions: ['*'],
  input,
  async run({ do: deed, value, calls }, aios, context) {
    const does = deeds[deed];
    if (does === undefined) throw new AiosError('invalid_argument', `Unknown deed ${deed}.`);
    return (await does(value, aios, context, calls)) as z.infer<ReturnType<typeof z.json>>;
  },
});
