import { defineTool, type Tool, type ToolContext } from '@aios/server';
import { z } from 'zod';

const input = z.object({ id: z.string() });
const receiptSchema = z.object({ receipt: z.string().optional() });

/** The tools by which agents of `aios chaos` and of the crash demo reach the bank at a URL. */
export function bankTools(url: string): Tool[] {
  const call = async (path: string, id: string, { idempotencyKey, signal }: ToolContext) => {
    const body = JSON.stringify({ id, key: idempotencyKey ?? id });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body, signal });
    if (!response.ok) throw new Error(`the bank said ${response.status}`);
    return receiptSchema.parse(await response.json());
  };
  const tool = (name: string, description: string, path: string, idempotent: boolean) => ({
    name,
    description,
    input,
    effect: 'external' as const,
    idempotent,
    run: ({ id }: z.output<typeof input>, context: ToolContext) => call(path, id, context),
  });
  return [
    defineTool(tool('payments.deposit', 'Pays in; the bank knows a repeat by its key.', '/deposit', true)),
    defineTool(tool('payments.pay', 'Pays; the bank knows no repeats and cannot be asked.', '/pay', false)),
    defineTool({
      ...tool('payments.transfer', 'Pays; the bank can be asked what it did.', '/transfer', false),
      async probe(_input, { idempotencyKey = '', signal }) {
        const response = await fetch(`${url}/payment?key=${encodeURIComponent(idempotencyKey)}`, { signal });
        const known = receiptSchema.parse(await response.json());
        return known.receipt === undefined ? { outcome: 'repeat' } : { outcome: 'committed', result: known };
      },
    }),
  ];
}
