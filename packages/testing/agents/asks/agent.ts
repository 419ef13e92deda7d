// Asks an agent a question and returns its reply.

import { ask, defineAgent } from '@aios/sdk';
import { z } from 'zod';

export default defineAgent({
  name: 'asks',
  runtime: 'inline',
  permissions: ['message.*'],
  input: z.object({ of: z.string(), timeoutMs: z.number().optional() }),
  async run({ of, timeoutMs }, aios) {
    const { content } = await ask(aios, {
      to: of,
      content: 'what time is it?',
      ...(timeoutMs && { timeoutMs }),
    });
    return content;
  },
});
