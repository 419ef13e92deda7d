import { z } from 'zod';
import { defineTool, type Tool } from '../tool.ts';
import { evaluateExpression } from './expression.ts';

/** Longer ones could nest deeply enough, or take long enough, to be felt by others. */
const maxExpressionLength = 1000;

export function calculator(): Tool {
  return defineTool({
    name: 'calculator',
    description:
      'Work out a mathematical expression, such as 2*(3+4)^2, 19% of a sum as 0.19*250, sqrt(2), mean(1, 2, 4) or 3 > 2. Knows + - * / ^ % ! mod, comparisons, and, or, not, a ? b : c, the usual functions, pi and e. Angles are in radians.',
    input: z.object({ expression: z.string().min(1).max(maxExpressionLength) }),
    effect: 'read',
    idempotent: true,
    run: async ({ expression }) => {
      const value = await evaluateExpression(expression);
      return { value, ...(isInexact(value) && { note: 'rounded: more digits than a double can hold' }) };
    },
  });
}

/** Whole numbers from here on are no longer all there. */
function isInexact(value: number | boolean | (number | boolean)[]): boolean {
  return [value].flat().some((item) => typeof item === 'number' && Math.abs(item) > Number.MAX_SAFE_INTEGER);
}
