// Cannot go on without a person.

import { defineAgent, needsInput } from '@aios/sdk';

export default defineAgent({
  name: 'asker',
  permissions: [],
  async run() {
    throw needsInput('Which account?', { accounts: ['a', 'b'] });
  },
});
