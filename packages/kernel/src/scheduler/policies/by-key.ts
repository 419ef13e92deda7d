import { Heap, heapNode } from '../../heap/index.ts';
import type { Policy, Standing } from '../policy.ts';
import type { Ticket } from '../ticket.ts';

export interface KeyedOrder {
  /** See Policy. */
  rank(ticket: Ticket): number;
  /** Milliseconds of Unix time, smallest first; fixed while the call waits. Who came first wins a tie. */
  key(ticket: Ticket): number;
  reason(ticket: Ticket): string;
}

/** The call with the smallest key first. That all keys are points in time is what lets a call age. */
export class ByKey implements Policy {
  readonly #waiting = new Heap<Ticket>();
  readonly #order: KeyedOrder;

  constructor(order: KeyedOrder) {
    this.#order = order;
  }

  get length(): number {
    return this.#waiting.size;
  }

  enqueue(ticket: Ticket): void {
    ticket.node = heapNode(ticket);
    this.#waiting.put(ticket.node, this.#order.key(ticket), ticket.sequence);
  }

  next(): Ticket | undefined {
    const { first } = this.#waiting;
    if (first !== undefined) this.#waiting.remove(first);
    return first?.item;
  }

  remove({ node }: Ticket): void {
    if (node !== undefined) this.#waiting.remove(node);
  }

  ahead(ticket: Ticket): number {
    const { first } = this.#waiting;
    return first !== undefined && first.key <= this.#order.key(ticket) ? 1 : 0;
  }

  rank(ticket: Ticket): number {
    return this.#order.rank(ticket);
  }

  explain(_now: number, limit: number): Standing[] {
    return this.#waiting.nodes
      .toSorted((left, right) => left.key - right.key || left.tie - right.tie)
      .slice(0, limit)
      .map(({ item }) => ({ ticket: item, reason: this.#order.reason(item) }));
  }
}
