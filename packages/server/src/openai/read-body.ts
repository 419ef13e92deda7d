import { AiosError } from '@aios/protocol';
import type { z } from 'zod';

/** The body by its schema, or `invalid_argument` that names the field in OpenAI’s own words. */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path ?? [];
  const param = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  throw invalid(param.slice(1), `${param.slice(1)}: ${issue?.message ?? 'invalid'}`);
}

/** A request that cannot be answered, by the parameter that is the reason. */
export function invalid(param: string, message: string): AiosError {
  return new AiosError('invalid_argument', message, { details: { param } });
}
