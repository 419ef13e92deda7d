import { AiosError } from '@aios/protocol';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { jsonOf } from './body.ts';

/**
 * The body as the schema has it, after `prepare` where a dialect writes the same thing in several ways. Throws
 * `invalid_argument` with the path of the field that is wrong.
 */
export function readBody<Schema extends z.ZodType>(
  request: FastifyRequest,
  schema: Schema,
  prepare: (value: unknown) => unknown = (value) => value,
): z.output<Schema> {
  const parsed = schema.safeParse(prepare(jsonOf(request)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue === undefined ? '' : z.core.toDotPath(issue.path);
  const place = field === '' ? 'The body' : field;
  throw new AiosError('invalid_argument', `${place}: ${issue?.message ?? 'is wrong'}`, {
    details: { field },
  });
}
