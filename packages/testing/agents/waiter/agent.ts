// May do anything and does nothing until it is killed: a test makes calls in its name.

import { defineAgent } from '@aios/sdk';

export default defineAgent({
  name: 'waiter',
  runtime: 'inline',
  permissions: ['*'],
  async run(_input, _aios, { signal }) {
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    return null;
  },
});
