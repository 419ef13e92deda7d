// Fails.

import { defineAgent } from '@aios/sdk';

export default defineAgent({
  name: 'thrower',
  permissions: [],
  async run() {
    throw new Error('the agent failed on purpose');
  },
});
