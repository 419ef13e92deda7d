// Writes so many lines in each of so many runs, then answers questions one after the other.

import { defineAgent } from '@aios/sdk';
import { z } from 'zod';

export default defineAgent({
  name: 'diary',
  runtime: 'inline',
  permissions: ['process.log', 'process.continue', 'message.*'],
  input: z.object({ runs: z.number(), lines: z.number(), run: z.number().default(1) }),
  async run({ runs, lines, run }, aios) {
    for (let line = 1; line <= lines; line += 1)
      await aios.process.log({ text: `line ${line} of run ${run}` });
    if (run < runs) return aios.continueAsNew({ runs, lines, run: run + 1 });
    for (;;) {
      const { id } = await aios.message.receive({});
      await aios.message.reply({ question: id, content: run });
    }
  },
});
