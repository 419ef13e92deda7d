// Returns its input.

import { defineAgent } from '@aios/sdk';
import { z } from 'zod';

export default defineAgent({
  name: 'echo',
  runtime: 'inline',
  permissions: [],
  input: z.json(),
  output: z.json(),
  run: async (input) => input,
});
