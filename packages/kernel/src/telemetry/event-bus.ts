import type { EventFilter, KernelEvent, KernelEventType, Pid, TenantId } from '@aios/protocol';

type Body<Event> = Event extends KernelEvent ? Omit<Event, 'sequence' | 'at' | 'tenant'> : never;
/** An event before the bus has numbered and dated it. */
export type EventBody = Body<KernelEvent>;

type Listener = (event: KernelEvent) => void;
type Tally = (body: EventBody) => void;

/** Publishes what happened to whoever listens. Listeners are called in order, at once, and must not throw or wait. */
export class EventBus {
  /** Each with the types that it wants; all where it names none. */
  readonly #listeners = new Map<Listener, readonly KernelEventType[] | undefined>();
  readonly #tallies = new Map<Tally, readonly KernelEventType[]>();
  #sequence = 0;

  /**
   * Numbers, dates and delivers an event; `tenant` is absent for events of the kernel itself. One that nobody wants costs
   * next to nothing.
   */
  publish(body: EventBody, tenant?: TenantId): void {
    this.#sequence += 1;
    for (const [tally, types] of this.#tallies) if (types.includes(body.type)) tally(body);
    if (!this.#isWanted(body.type)) return;
    const event: KernelEvent = {
      sequence: this.#sequence,
      at: new Date().toISOString(),
      ...(tenant !== undefined && { tenant }),
      ...body,
    };
    for (const [listener, types] of this.#listeners) {
      if (types === undefined || types.includes(event.type)) listener(event);
    }
  }

  /** Calls the listener for events of these types; of all where none are named. */
  subscribe(listener: Listener, types?: readonly KernelEventType[]): Disposable {
    this.#listeners.set(listener, types);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** Calls back with what happened before it is numbered and dated, which costs more than to count it. */
  tally(tally: Tally, types: readonly KernelEventType[]): Disposable {
    this.#tallies.set(tally, types);
    return { [Symbol.dispose]: () => this.#tallies.delete(tally) };
  }

  #isWanted(type: KernelEventType): boolean {
    for (const types of this.#listeners.values())
      if (types === undefined || types.includes(type)) return true;
    return false;
  }
}

/** Whether an event is one that the filter asks for; the pid of the filter is compared by the caller’s `isWithin`. */
export function matchesFilter(
  event: KernelEvent,
  filter: EventFilter,
  isWithin: (pid: Pid, ancestor: Pid) => boolean,
): boolean {
  if (filter.types !== undefined && !filter.types.includes(event.type)) return false;
  if (filter.pid === undefined) return true;
  return 'pid' in event && event.pid !== undefined && isWithin(event.pid, filter.pid);
}
