/** Room for the keys and values of a block of tokens. */
export interface Block {
  users: number;
  /** Of the tokens in it, where they are all computed. */
  hash: number | undefined;
  previous: Block | undefined;
  next: Block | undefined;
}

/**
 * The KV memory: blocks in use, and unused ones in the order in which they were given back. An unused block keeps its content
 * until it is needed for another, the one unused for longest first, so it is a prefix cache as long as it lasts.
 */
export class BlockPool {
  readonly capacity: number;
  readonly #cached = new Map<number, Block>();
  #oldest: Block | undefined;
  #newest: Block | undefined;
  #unused = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    for (let index = 0; index < capacity; index += 1) {
      this.#append({ users: 0, hash: undefined, previous: undefined, next: undefined });
    }
  }

  /** Blocks that no sequence uses. */
  get unused(): number {
    return this.#unused;
  }

  /** The blocks that hold the beginning of this sequence, up to so many. */
  find(hashes: readonly number[], atMost: number): Block[] {
    const found: Block[] = [];
    for (let index = 0; index < Math.min(atMost, hashes.length); index += 1) {
      const block = this.#cached.get(hashes[index] as number);
      if (block === undefined) break;
      found.push(block);
    }
    return found;
  }

  /** How many of these blocks are unused now. */
  countUnused(blocks: readonly Block[]): number {
    return blocks.filter(({ users }) => users === 0).length;
  }

  /** Another sequence uses a block that is cached. */
  share(block: Block): void {
    if (block.users === 0) this.#unlink(block);
    block.users += 1;
  }

  /** An empty block; undefined where all are in use. */
  allocate(): Block | undefined {
    const block = this.#oldest;
    if (block === undefined) return undefined;
    this.#unlink(block);
    if (block.hash !== undefined) this.#cached.delete(block.hash);
    block.hash = undefined;
    block.users = 1;
    return block;
  }

  /** The tokens of a block are computed. One block with a content is enough. */
  cache(block: Block, hash: number): void {
    if (block.hash !== undefined || this.#cached.has(hash)) return;
    block.hash = hash;
    this.#cached.set(hash, block);
  }

  /** A sequence ends: the end of it is forgotten before its beginning, which others may share. */
  release(blocks: readonly Block[]): void {
    for (const block of blocks.toReversed()) {
      block.users -= 1;
      if (block.users === 0) this.#append(block);
    }
  }

  #append(block: Block): void {
    block.previous = this.#newest;
    block.next = undefined;
    if (this.#newest === undefined) this.#oldest = block;
    else this.#newest.next = block;
    this.#newest = block;
    this.#unused += 1;
  }

  #unlink(block: Block): void {
    if (block.previous === undefined) this.#oldest = block.next;
    else block.previous.next = block.next;
    if (block.next === undefined) this.#newest = block.previous;
    else block.next.previous = block.previous;
    this.#unused -= 1;
  }
}
