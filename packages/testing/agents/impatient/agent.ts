// As `caller`, but goes on where the outcome of an effect is unknown.

import { AiosError, defineAgent, type SyscallName } from '@aios/sdk';
import { z } from 'zod';

const call = z.object({ name: z.string(), input: z.json() });

export default defineAgent({
  name: 'impatient',
  description: 'Makes the system calls that its input lists.',
  runtime: 'inline',
  unknownEffects: 'error',
  permissions: ['*'],
  input: z.object({ calls: z.array(call), parallel: z.boolean().default(false) }),
  output: z.array(z.json()),
  async run({ calls, parallel }, aios) {
    const make = async ({ name, input }: z.infer<typeof call>) => {
      try {
        return { output: await aios.call(name as SyscallName, input as never) };
      } catch (error) {
        if (!AiosError.isInstance(error)) throw error;
        return { code: error.code, message: error.message };
      }
    };
    if (parallel) return JSON.parse(JSON.stringify(await Promise.all(calls.map(make))));
    const outcomes = [];
    for (const each of calls) outcomes.push(await make(each));
    return JSON.parse(JSON.stringify(outcomes));
  },
});
