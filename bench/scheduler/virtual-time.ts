import type { Clock } from '@aios/kernel/scheduler';

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** A clock that jumps from event to event. */
export class VirtualTime implements Clock {
  readonly #events: Event[] = [];
  #now = 0;
  #order = 0;

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    this.#order += 1;
    const event = { at: this.#now + delayMs, order: this.#order, run, cancelled: false };
    this.#push(event);
    return () => {
      event.cancelled = true;
    };
  }

  /** Runs until nothing more is to come, or the time is over; promises that an event settled are followed before the next. */
  async run(untilMs = Number.POSITIVE_INFINITY): Promise<void> {
    for (let event = this.#pop(); event !== undefined; event = this.#pop()) {
      if (event.cancelled) continue;
      if (event.at > untilMs) return;
      this.#now = event.at;
      event.run();
      await undefined;
    }
  }

  #push(event: Event): void {
    const events = this.#events;
    let position = events.length;
    while (position > 0) {
      const above = (position - 1) >> 1;
      const parent = events[above];
      if (parent === undefined || !isBefore(event, parent)) break;
      events[position] = parent;
      position = above;
    }
    events[position] = event;
  }

  #pop(): Event | undefined {
    const events = this.#events;
    const [first] = events;
    const last = events.pop();
    if (last === undefined || last === first) return first;
    let position = 0;
    for (;;) {
      const left = 2 * position + 1;
      const [one, other] = [events[left], events[left + 1]];
      if (one === undefined) break;
      const isOther = other !== undefined && isBefore(other, one);
      const child = isOther ? other : one;
      if (!isBefore(child, last)) break;
      events[position] = child;
      position = isOther ? left + 1 : left;
    }
    events[position] = last;
    return first;
  }
}

function isBefore(left: Event, right: Event): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}
