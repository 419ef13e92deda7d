// Breaks the thread that it runs on, and with it that of all its neighbours.

import { defineAgent } from '@aios/sdk';

export default defineAgent({
  name: 'chaos-saboteur',
  description: 'Breaks a thread for aios chaos.',
  permissions: [],
  async run() {
    process.exit(1);
  },
});
