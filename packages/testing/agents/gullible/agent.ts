// Makes the system calls that it is told to, as an agent does that obeys whatever it reads. Its orders are encoded, so that no
// address in them counts as one that its task names.

import { AiosError, defineAgent, type SyscallName } from '@aios/sdk';
import { z } from 'zod';

const orders = z.array(z.object({ name: z.string(), input: z.json() }));

export default defineAgent({
  name: 'gullible',
  description: 'Obeys whatever it reads.',
  runtime: 'inline',
  permissions: ['*'],
  input: z.object({ orders: z.string().describe('JSON, in base64') }),
  output: z.array(z.json()),
  async run(input, aios) {
    const outcomes = [];
    for (const order of orders.parse(JSON.parse(Buffer.from(input.orders, 'base64').toString()))) {
      try {
        outcomes.push({ output: await aios.call(order.name as SyscallName, order.input as never) });
      } catch (error) {
        if (!AiosError.isInstance(error)) throw error;
        outcomes.push({ code: error.code, message: error.message });
      }
    }
    return JSON.parse(JSON.stringify(outcomes));
  },
});
