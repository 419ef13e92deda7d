// Starts another agent, waits for its end and returns how it ended.

import { defineAgent } from '@aios/sdk';
import { z } from 'zod';

export default defineAgent({
  name: 'parent',
  runtime: 'inline',
  permissions: ['*'],
  input: z.object({ agent: z.string(), input: z.json().default(null) }),
  output: z.object({ pid: z.number(), state: z.string(), output: z.json().optional() }),
  async run(child, aios) {
    const { pid } = await aios.process.spawn(child);
    const { state, output } = await aios.process.wait({ pid });
    return { pid, state, ...(output !== undefined && { output }) };
  },
});
