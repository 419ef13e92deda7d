import { AiosError } from '@aios/protocol';
import type { z } from 'zod';

/** What OpenAI answers with 400, `param` the field that is wrong. */
export function refuse(param: string, message: string, code?: string): AiosError {
  return new AiosError('invalid_argument', message, {
    details: { param, ...(code !== undefined && { openaiCode: code }) },
  });
}

/** What a schema found wrong, as a refusal; `at` is the path of what was read. */
export function refuseInvalid({ issues: [issue] }: z.ZodError, at = ''): AiosError {
  const path = (issue?.path ?? []).reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`,
    at,
  );
  return refuse(path, `Invalid value for '${path}': ${issue?.message ?? 'it does not fit'}.`);
}
