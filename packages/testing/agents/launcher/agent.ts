// Starts another agent and ends at once, so that what it started is an orphan; or stays until it is told to end.

import { defineAgent } from '@aios/sdk';
import { z } from 'zod';

export default defineAgent({
  name: 'launcher',
  runtime: 'inline',
  permissions: ['*'],
  input: z.object({
    agent: z.string(),
    input: z.json().default(null),
    /** Waits for the end of this agent while the other one is being started. */
    alongside: z.string().optional(),
    waits: z.boolean().default(true),
    stays: z.boolean().default(false),
  }),
  async run({ agent, input, alongside, waits, stays }, aios, { signal }) {
    const spawned = aios.process.spawn({ agent, input });
    if (alongside !== undefined) await aios.process.wait(await aios.process.spawn({ agent: alongside }));
    if (!waits) {
      spawned.catch(() => undefined);
      return null;
    }
    const { pid } = await spawned;
    if (stays) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    return pid;
  },
});
