// What a plan of `aios chaos` starts: writes down that it ran, and says so.

import { defineAgent } from '@aios/sdk';
import { z } from 'zod';

export default defineAgent({
  name: 'chaos-child',
  description: 'Started by the plans of aios chaos.',
  permissions: ['storage.write:/chaos/**'],
  input: z.string(),
  output: z.string(),
  async run(id, aios) {
    const { version } = await aios.storage.write({ path: `/chaos/child-${id}.txt`, content: id });
    return `child of ${id}, version ${version}`;
  },
});
