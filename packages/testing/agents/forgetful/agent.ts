// Makes a call that it may not make, and does not wait for the answer, which comes with that of the next.

import { defineAgent } from '@aios/sdk';

export default defineAgent({
  name: 'forgetful',
  permissions: [],
  async run(_input, aios) {
    void aios.storage.read({ path: '/secret.txt' });
    await aios.storage.read({ path: '/secret.txt' }).catch(() => undefined);
    return 'done';
  },
});
