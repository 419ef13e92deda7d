import type { JsonObject } from '@aios/protocol';
import { z } from 'zod';
import { itemId } from './identifiers.ts';
import { refuse, refuseInvalid } from './refusal.ts';
import type { CreateRequest } from './request.ts';

/** The input of a request as items: a string is a message of the user. */
export function inputItems(input: CreateRequest['input']): JsonObject[] {
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  return input ?? [];
}

/** Items as they are kept and listed: each with an id, its type and its content in parts. */
export function completeItems(items: readonly JsonObject[], responseId: string): JsonObject[] {
  return items.map((item, index) => {
    const type = typeof item.type === 'string' ? item.type : 'message';
    const id = typeof item.id === 'string' ? item.id : itemId(responseId, 'input', type, index);
    if (type !== 'message') return { ...item, id };
    const partType = item.role === 'assistant' ? 'output_text' : 'input_text';
    const content =
      typeof item.content === 'string' ? [{ type: partType, text: item.content }] : (item.content ?? []);
    return { status: 'completed', ...item, id, type, content };
  });
}

const listQuery = z.looseObject({
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
});

/** A page of the input of a response, newest first unless asked otherwise. */
export function pageOf(items: readonly JsonObject[], query: unknown): JsonObject {
  const { data: wanted, error } = listQuery.safeParse(query);
  if (error) throw refuseInvalid(error);
  const ordered = wanted.order === 'asc' ? items : items.toReversed();
  const last = ordered.findIndex(({ id }) => id === wanted.after);
  if (wanted.after !== undefined && last < 0)
    throw refuse('after', `No item found with id '${wanted.after}'.`);
  const rest = ordered.slice(last + 1);
  const data = rest.slice(0, wanted.limit);
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: rest.length > data.length,
  };
}
