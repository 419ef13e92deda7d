import type { z } from 'zod';

/** What is wrong with a value, in a line that names each bad field: `input.question: expected string`. */
export function describeIssues(error: z.ZodError, subject: string): string {
  return error.issues
    .map((issue) => `${[subject, ...issue.path.map(String)].join('.')}: ${issue.message}`)
    .join('; ');
}
