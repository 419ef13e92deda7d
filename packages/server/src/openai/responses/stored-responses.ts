import type { Session } from '@aios/kernel';
import { AiosError, type JsonObject, type JsonValue, jsonObject } from '@aios/protocol';
import { z } from 'zod';
import { responseOfItem } from './identifiers.ts';
import { inputItems } from './input-items.ts';
import type { PlacedItem } from './messages.ts';
import { refuse } from './refusal.ts';
import type { CreateRequest } from './request.ts';

// The kernel keeps the responses, in entries of conversations: here they only get their form.

const responseObject = z.looseObject({ id: z.string(), output: z.array(jsonObject) });
const storedResponse = z.object({ response: responseObject, input: z.array(jsonObject) });
export type StoredResponse = z.infer<typeof storedResponse>;

const idForm = /^[A-Za-z0-9_-]{1,128}$/;

/** A response that was kept. Throws `not_found`, also for one of somebody else. */
export async function loadResponse(session: Session, id: string): Promise<StoredResponse> {
  const found = await loadChain(session, id, false);
  const stored = found?.at(-1);
  if (stored === undefined) throw responseNotFound(id);
  return stored;
}

export async function keepResponse(
  session: Session,
  response: JsonObject,
  input: JsonObject[],
  signal: AbortSignal,
): Promise<void> {
  const { id, previous_response_id: previous } = responseHead.parse(response);
  const value = { response, input };
  await session.call('conversation.put', { id, ...(previous !== null && { previous }), value }, { signal });
}

const responseHead = z.object({ id: z.string(), previous_response_id: z.string().nullable() });

/** Throws `not_found` where there is none. */
export async function deleteResponse(session: Session, id: string): Promise<void> {
  if (!idForm.test(id)) throw responseNotFound(id);
  try {
    await session.call('conversation.delete', { id });
  } catch (error) {
    throw isMissing(error) ? responseNotFound(id) : error;
  }
}

/** What was said before a request. */
export interface Conversation {
  /** In the responses that it goes on from. */
  readonly before: readonly PlacedItem[];
  /** In its own input. */
  readonly own: readonly PlacedItem[];
}

/** The whole conversation of a request. Throws `invalid_argument` where it refers to what is not there. */
export async function conversationOf(session: Session, request: CreateRequest): Promise<Conversation> {
  const previous = request.previous_response_id ?? undefined;
  const before = previous === undefined ? [] : await historyOf(session, previous);
  const own = inputItems(request.input).map((item, index) => ({ item, at: `input[${index}]` }));
  return { before, own: await resolveReferences(session, own) };
}

async function historyOf(session: Session, id: string): Promise<PlacedItem[]> {
  const chain = await loadChain(session, id, true);
  if (chain === undefined) {
    throw refuse(
      'previous_response_id',
      `Previous response with id '${id}' not found.`,
      'previous_response_not_found',
    );
  }
  return chain.flatMap(({ response, input }) =>
    [...input, ...response.output].map((item) => ({ item, at: `response ${response.id}` })),
  );
}

/** Puts the items in place of references to them. Each response is read once, however many of its items are meant. */
async function resolveReferences(session: Session, items: readonly PlacedItem[]): Promise<PlacedItem[]> {
  const loaded = new Map<string, Promise<StoredResponse[] | undefined>>();
  const load = (id: string) => {
    const loading = loaded.get(id) ?? loadChain(session, id, false);
    loaded.set(id, loading);
    return loading;
  };
  return await Promise.all(
    items.map(async ({ item, at }) => {
      const id = referredId(item);
      if (id === undefined) return { item, at };
      const responseId = responseOfItem(id);
      const stored = responseId === undefined ? undefined : (await load(responseId))?.at(-1);
      const found = stored && [...stored.input, ...stored.response.output].find((kept) => kept.id === id);
      if (found === undefined) throw refuse('input', `Item with id '${id}' not found.`);
      return { item: found, at };
    }),
  );
}

/** `type` may be left out of a reference. */
function referredId({ type, id, role }: JsonObject): string | undefined {
  const isReference = type === 'item_reference' || ((type ?? null) === null && role === undefined);
  return isReference && typeof id === 'string' ? id : undefined;
}

async function loadChain(
  session: Session,
  id: string,
  history: boolean,
): Promise<StoredResponse[] | undefined> {
  if (!idForm.test(id)) return undefined;
  try {
    const { entries } = await session.call('conversation.get', { id, history });
    const parsed = entries.map(({ value }) => parseStored(value));
    return parsed.every((stored) => stored !== undefined) ? parsed : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Undefined for an entry that some program put there for itself. */
function parseStored(value: JsonValue): StoredResponse | undefined {
  return storedResponse.safeParse(value).data;
}

function isMissing(error: unknown): boolean {
  return AiosError.isInstance(error) && error.code === 'not_found';
}

function responseNotFound(id: string): AiosError {
  return new AiosError('not_found', `Response with id '${id}' not found.`);
}
