// Waits for what its input says, between two other calls, and returns what came.

import { defineAgent } from '@aios/sdk';
import { z } from 'zod';

export default defineAgent({
  name: 'napper',
  runtime: 'inline',
  permissions: ['*'],
  input: z.object({
    conditions: z.array(z.json()).default([]),
    mode: z.enum(['any', 'all']).default('any'),
    forMs: z.number().optional(),
    /** Starts this agent first and waits for its end, too; for so long at most. */
    child: z.string().optional(),
    timeoutMs: z.number().optional(),
  }),
  async run({ conditions, mode, forMs, child, timeoutMs }, aios) {
    const { unixMs } = await aios.time.now();
    if (forMs !== undefined) {
      const { now } = await aios.time.sleep({ forMs });
      return { sleptMs: Date.parse(now) - unixMs };
    }
    const started =
      child === undefined ? [] : [{ kind: 'child', ...(await aios.process.spawn({ agent: child })) }];
    const came = await aios.call(`wait.${mode}`, {
      conditions: [...conditions, ...started] as never,
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    await aios.process.log({ text: 'went on' });
    return JSON.parse(JSON.stringify(came));
  },
});
