import { AiosError, type EventFilter, eventFilter } from '@aios/protocol';
import { z } from 'zod';

const query = z.strictObject({
  types: z
    .string()
    .transform((list) => list.split(',').filter((type) => type !== ''))
    .optional(),
  pid: z.coerce.number().optional(),
});

/** Reads which events are wanted from the query of the URL. */
export function readFilter(parameters: unknown): EventFilter {
  const result = query.pipe(eventFilter).safeParse(parameters);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new AiosError(
    'invalid_argument',
    `Query of /api/events: ${issue?.path.join('.')}: ${issue?.message}. It takes types (comma-separated) and pid.`,
  );
}
