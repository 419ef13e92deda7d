// What all programs of this folder have in common: the question, the tool, and the report of what they saw.

import { z } from 'zod';

export const question = 'Where are the orders A-17 and B-4?';
export const instructions = 'You answer questions about orders. Look every order up before you answer.';

export const tool = {
  name: 'look_up_order',
  description: 'Tells where an order is.',
  parameters: z.object({ order: z.string().describe('Such as A-17') }),
};

/** A picture of one point, as PNG in base64. */
export const picture =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Models to ask, by the names that the server knows them by. */
export const models = (process.env.CLIENT_MODELS ?? '').split(',').filter(Boolean);
export const embeddingModel = process.env.CLIENT_EMBEDDING_MODEL ?? '';

export interface Usage {
  inputTokens: number;
  outputTokens: number;
}

interface Conversation {
  answer: string;
  usage?: Usage;
  /** Pieces of text that came one by one. */
  deltas?: number;
}

const seen: object[] = [];

/**
 * Runs one conversation. `work` is given the tool to run; the place of an order contains CLIENT_SECRET, which nobody can
 * know without having called it.
 */
export async function converse(
  run: string,
  model: string,
  work: (lookUp: (input: { order: string }) => string) => Promise<Conversation>,
): Promise<void> {
  const orders: string[] = [];
  const lookUp = ({ order }: { order: string }) => {
    orders.push(order);
    return `Order ${order} is in ${process.env.CLIENT_SECRET}-${order}`;
  };
  await observe(run, model, async () => {
    const conversation = await work(lookUp);
    return { ...conversation, orders: orders.toSorted() };
  });
}

/** Runs something and keeps what came of it, or how it failed. */
export async function observe(run: string, model: string, work: () => Promise<object>): Promise<void> {
  try {
    seen.push({ run, model, ...(await work()) });
  } catch (error) {
    seen.push({
      run,
      model,
      error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    });
  }
}

/** Prints everything that was seen, as one line of JSON. */
export function report(): void {
  process.stdout.write(`${JSON.stringify(seen)}\n`);
}

/** Sums usages up. */
export function total(usages: readonly Usage[]): Usage {
  return {
    inputTokens: usages.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
    outputTokens: usages.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
  };
}
