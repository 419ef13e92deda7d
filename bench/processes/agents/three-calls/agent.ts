// Makes three calls, or as many as it is told, and returns: what the throughput of durable processes is measured with.

import { defineAgent } from '@aios/sdk';
import { z } from 'zod';

export default defineAgent({
  name: 'three-calls',
  runtime: 'inline',
  permissions: ['process.log', 'memory.read', 'tool.call:calculator'],
  input: z.object({ calls: z.number().default(3) }),
  output: z.number(),
  async run({ calls }, aios) {
    for (let made = 0; made < calls; made += 1) {
      if (made % 3 === 0) await aios.process.log({ text: `call ${made}` });
      else if (made % 3 === 1) await aios.memory.search({ query: 'nothing' });
      else await aios.tool.call({ name: 'calculator', arguments: { expression: '6*7' } });
    }
    return calls;
  },
});
