import { createHash } from 'node:crypto';
import type { Quirks } from '../provider.ts';

/** The id of a tool call as the endpoint takes it; always the same for the same id. */
export function wireId(id: string, quirks: Quirks): string {
  if (!quirks.shortToolCallIds || /^[a-zA-Z0-9]{9}$/.test(id)) return id;
  return createHash('sha256').update(id).digest('hex').slice(0, 9);
}
