import type { Policy, Standing } from '../policy.ts';
import { Queue } from '../queue.ts';
import type { Ticket } from '../ticket.ts';

/** First come, first served. */
export class InOrder implements Policy {
  readonly #waiting = new Queue<Ticket>();

  get length(): number {
    return this.#waiting.length;
  }

  enqueue(ticket: Ticket): void {
    ticket.entry = this.#waiting.push(ticket);
  }

  next(): Ticket | undefined {
    return this.#waiting.shift();
  }

  remove({ entry }: Ticket): void {
    if (entry !== undefined) this.#waiting.remove(entry);
  }

  ahead(): number {
    return this.#waiting.length;
  }

  explain(_now: number, limit: number): Standing[] {
    return [...this.#waiting].slice(0, limit).map((ticket, index) => ({
      ticket,
      reason: index === 0 ? 'came first' : `${index} came before`,
    }));
  }
}
