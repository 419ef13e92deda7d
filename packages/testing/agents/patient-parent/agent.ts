// Starts a durable child that never ends by itself, waits for it, and tells how it ended.

import { defineAgent } from '@aios/sdk';

export default defineAgent({
  name: 'patient-parent',
  runtime: 'inline',
  permissions: ['*'],
  async run(_input, aios) {
    const { pid } = await aios.process.spawn({ agent: 'sleeper', durable: true });
    return (await aios.process.wait({ pid })).state;
  },
});
