// Blocks the thread that it runs on: code that never awaits.

import { defineAgent } from '@aios/sdk';

export default defineAgent({
  name: 'spinner',
  permissions: ['process.log'],
  async run(_input, aios) {
    await aios.process.log({ text: 'spinning' });
    let rounds = 0;
    while (rounds >= 0) rounds += 1;
    return rounds;
  },
});
