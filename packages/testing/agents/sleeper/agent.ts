// Says that it is there and then waits until it is killed.

import { defineAgent } from '@aios/sdk';

export default defineAgent({
  name: 'sleeper',
  permissions: ['process.log'],
  async run(_input, aios, { signal }) {
    await aios.process.log({ text: 'asleep' });
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    return null;
  },
});
