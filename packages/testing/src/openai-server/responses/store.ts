import type { JsonObject } from '@aios/protocol';
import { listOf, textOf, type WireError } from '../../wire-server/index.ts';

/** What a request brings: all items of the conversation, or why they cannot be had. */
export type Conversation = { items: JsonObject[] } | { refused: WireError };

/** The responses that a server keeps, so that later requests may refer to them and their items. */
export class ResponseStore {
  readonly #conversations = new Map<string, JsonObject[]>();
  readonly #items = new Map<string, JsonObject>();
  #count = 0;

  /** A number for the ids of a new response and its items. */
  next(): number {
    this.#count += 1;
    return this.#count;
  }

  /** The items of a request with those that it refers to. */
  conversation(body: JsonObject): Conversation {
    const { input } = body;
    const own = typeof input === 'string' ? [{ role: 'user', content: input }] : listOf(input);
    const previous = textOf(body.previous_response_id);
    const before = previous === '' ? [] : this.#conversations.get(previous);
    if (before === undefined) {
      const message = `Previous response with id '${previous}' not found.`;
      const param = 'previous_response_id';
      return { refused: { status: 400, message, param, code: 'previous_response_not_found' } };
    }
    const items = [...before];
    for (const item of own) {
      const found = item.type === 'item_reference' ? this.#items.get(textOf(item.id)) : item;
      if (found === undefined) return { refused: notFound(textOf(item.id)) };
      items.push(found);
    }
    return { items };
  }

  /** Keeps a response unless the request says `store: false`. */
  keep(id: string, body: JsonObject, items: readonly JsonObject[], output: readonly JsonObject[]): void {
    if (body.store === false) return;
    this.#conversations.set(id, [...items, ...output]);
    for (const item of output) this.#items.set(textOf(item.id), item);
  }
}

function notFound(id: string): WireError {
  const message = `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`;
  return { status: 404, message, param: 'input' };
}
