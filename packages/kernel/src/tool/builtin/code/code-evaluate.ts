import { z } from 'zod';
import { defineTool, type Tool } from '../../tool.ts';
import { ExpressionThread } from './expression-thread.ts';

const maxCharacters = 100_000;
const timeoutMs = 1000;

/** Evaluates small JavaScript in QuickJS: no files, no network, no clock to wait for, and no process to start. */
export function codeEvaluate(): Tool {
  const thread = new ExpressionThread();
  return defineTool({
    name: 'code.evaluate',
    description:
      'Evaluate JavaScript that needs nothing but its input, such as data.filter(x => x > 2).map(x => x * 2): the value of the last expression comes back as JSON. The input is the variable data. At most a second and 32 MB.',
    input: z.object({
      code: z.string().min(1).max(maxCharacters),
      data: z.json().optional(),
    }),
    effect: 'read',
    idempotent: true,
    run: async ({ code, data }, { signal }) => ({
      value: await thread.evaluate({ code, data: data ?? null }, timeoutMs, signal),
    }),
  });
}
