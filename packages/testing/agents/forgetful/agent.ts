// Makes a call that it may not make, and does not wait for the answer.

import { defineAgent } from '@aios/sdk';

export default defineAgent({
  name: 'forgetful',
  permissions: [],
  async run(_input, aios) {
    void aios.storage.read({ path: '/secret.txt' });
    return 'done';
  },
});
