// Not deterministic on purpose: makes another call each time that it runs, then waits to be killed.

import { defineAgent } from '@aios/sdk';

let runs = 0;

export default defineAgent({
  name: 'fickle',
  runtime: 'inline',
  permissions: ['memory.*', 'process.*'],
  async run(_input, aios) {
    runs += 1;
    await aios.memory.search({ query: `run ${runs}` });
    const { pid } = await aios.process.spawn({ agent: 'sleeper' });
    await aios.process.wait({ pid });
    return null;
  },
});
