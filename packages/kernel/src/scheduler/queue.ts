/** First in, first out, with removal from the middle in constant time: a doubly linked list. */
export class Queue<Item> {
  #first: Entry<Item> | undefined;
  #last: Entry<Item> | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get first(): Item | undefined {
    return this.#first?.item;
  }

  /** From the first to the last; the list must not change meanwhile. */
  *[Symbol.iterator](): Generator<Item> {
    for (let entry = this.#first; entry !== undefined; entry = entry.next) yield entry.item;
  }

  /** Adds at the end; the entry is the handle for `remove`. */
  push(item: Item): Entry<Item> {
    const entry: Entry<Item> = { item, previous: this.#last, next: undefined, queued: true };
    if (this.#last === undefined) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
    this.#length += 1;
    return entry;
  }

  shift(): Item | undefined {
    const entry = this.#first;
    if (entry === undefined) return undefined;
    this.remove(entry);
    return entry.item;
  }

  /** Does nothing to an entry that is no longer in the queue. */
  remove(entry: Entry<Item>): void {
    if (!entry.queued) return;
    entry.queued = false;
    if (entry.previous === undefined) this.#first = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next === undefined) this.#last = entry.previous;
    else entry.next.previous = entry.previous;
    // Entries that are old and gone would keep those that came after them from being collected while they are young.
    entry.previous = undefined;
    entry.next = undefined;
    this.#length -= 1;
  }
}

export interface Entry<Item> {
  readonly item: Item;
  previous: Entry<Item> | undefined;
  next: Entry<Item> | undefined;
  queued: boolean;
}
