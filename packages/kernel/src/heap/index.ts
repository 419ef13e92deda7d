// A priority queue that several modules use.

/** The place of an item in a heap. */
export interface HeapNode<Item> {
  readonly item: Item;
  key: number;
  /** Of two equal keys the smaller tie comes first. */
  tie: number;
  /** Where in the heap it is; -1 outside of it. */
  position: number;
}

export function heapNode<Item>(item: Item): HeapNode<Item> {
  return { item, key: 0, tie: 0, position: -1 };
}

/** A binary heap, smallest key first, in which any item can change its key or leave in logarithmic time. */
export class Heap<Item> {
  readonly #nodes: HeapNode<Item>[] = [];

  get size(): number {
    return this.#nodes.length;
  }

  get first(): HeapNode<Item> | undefined {
    return this.#nodes[0];
  }

  /** In no order. */
  get nodes(): readonly HeapNode<Item>[] {
    return this.#nodes;
  }

  /** Puts an item in, or to its new place when its key has changed. */
  put(node: HeapNode<Item>, key: number, tie: number): void {
    node.key = key;
    node.tie = tie;
    if (node.position < 0) {
      node.position = this.#nodes.length;
      this.#nodes.push(node);
    }
    this.#sink(this.#rise(node));
  }

  /** Does nothing to an item that is not in the heap. */
  remove(node: HeapNode<Item>): void {
    const { position } = node;
    if (position < 0) return;
    node.position = -1;
    const last = this.#nodes.pop();
    if (last === undefined || last === node) return;
    this.#place(last, position);
    this.#sink(this.#rise(last));
  }

  #place(node: HeapNode<Item>, position: number): void {
    this.#nodes[position] = node;
    node.position = position;
  }

  #rise(node: HeapNode<Item>): HeapNode<Item> {
    let { position } = node;
    while (position > 0) {
      const parent = this.#nodes[(position - 1) >> 1];
      if (parent === undefined || !isBefore(node, parent)) break;
      const above = parent.position;
      this.#place(parent, position);
      position = above;
    }
    this.#place(node, position);
    return node;
  }

  #sink(node: HeapNode<Item>): void {
    let { position } = node;
    for (;;) {
      const child = this.#smallerChild(position);
      if (child === undefined || !isBefore(child, node)) break;
      const below = child.position;
      this.#place(child, position);
      position = below;
    }
    this.#place(node, position);
  }

  #smallerChild(position: number): HeapNode<Item> | undefined {
    const left = this.#nodes[2 * position + 1];
    const right = this.#nodes[2 * position + 2];
    if (left === undefined || right === undefined) return left;
    return isBefore(right, left) ? right : left;
  }
}

function isBefore<Item>(left: HeapNode<Item>, right: HeapNode<Item>): boolean {
  return left.key < right.key || (left.key === right.key && left.tie < right.tie);
}
