// Pays a bill and keeps the receipt: the agent of the crash demo.

import { defineAgent } from '@aios/sdk';
import { z } from 'zod';

const receiptSchema = z.object({ receipt: z.string() });

export default defineAgent({
  name: 'payer',
  description: 'Pays a bill and keeps the receipt.',
  permissions: ['memory.write', 'tool.call:payments.transfer', 'storage.write:/receipts/**'],
  input: z.object({ bill: z.string() }),
  output: z.object({ receipt: z.string(), file: z.string(), version: z.number() }),
  async run({ bill }, aios) {
    await aios.memory.add({ content: `${bill} is due today.` });
    const paid = await aios.tool.call({ name: 'payments.transfer', arguments: { id: bill } });
    const { receipt } = receiptSchema.parse(paid.result);
    const file = `/receipts/${bill}.txt`;
    const { version } = await aios.storage.write({ path: file, content: receipt });
    return { receipt, file, version };
  },
});
