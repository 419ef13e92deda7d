import { z } from 'zod';
import { decodeTokens } from './token-text.ts';

const token = z.number().int().nonnegative();

/** Text as OpenAI’s older routes take it: one or many, written or as tokens. */
export const textInput = z.union([z.string(), z.array(z.string()), z.array(token), z.array(z.array(token))]);

export async function readTexts(input: z.infer<typeof textInput>): Promise<string[]> {
  if (typeof input === 'string') return [input];
  const texts = input.filter((entry) => typeof entry === 'string');
  if (texts.length === input.length && texts.length > 0) return texts;
  const numbers = input.filter((entry) => typeof entry === 'number');
  if (numbers.length > 0) return [await decodeTokens(numbers)];
  return await Promise.all(input.filter(Array.isArray).map((tokens: number[]) => decodeTokens(tokens)));
}
