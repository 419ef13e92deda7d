/** A binary heap: the item that comes first is taken first. */
export class Heap<Item> {
  readonly #items: Item[] = [];
  readonly #precedes: (left: Item, right: Item) => boolean;

  constructor(precedes: (left: Item, right: Item) => boolean) {
    this.#precedes = precedes;
  }

  get first(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    const items = this.#items;
    let index = items.push(item) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = items[above] as Item;
      if (!this.#precedes(item, parent)) break;
      items[index] = parent;
      index = above;
    }
    items[index] = item;
  }

  shift(): Item | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (items.length === 0 || last === undefined) return first;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && this.#precedes(items[below + 1] as Item, items[below] as Item))
        below += 1;
      if (!this.#precedes(items[below] as Item, last)) break;
      items[index] = items[below] as Item;
      index = below;
    }
    items[index] = last;
    return first;
  }
}
