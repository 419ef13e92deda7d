import type { EventFilter, KernelEvent, Pid, TenantId } from '@aios/protocol';

type Body<Event> = Event extends KernelEvent ? Omit<Event, 'sequence' | 'at' | 'tenant'> : never;
/** An event before the bus has numbered and dated it. */
export type EventBody = Body<KernelEvent>;

type Listener = (event: KernelEvent) => void;

/** Publishes what happened to whoever listens. Listeners are called in order, at once, and must not throw or wait. */
export class EventBus {
  readonly #listeners = new Set<Listener>();
  #sequence = 0;

  /** Numbers, dates and delivers an event; `tenant` is absent for events of the kernel itself. */
  publish(body: EventBody, tenant?: TenantId): KernelEvent {
    this.#sequence += 1;
    const event: KernelEvent = {
      sequence: this.#sequence,
      at: new Date().toISOString(),
      ...(tenant !== undefined && { tenant }),
      ...body,
    };
    for (const listener of this.#listeners) listener(event);
    return event;
  }

  subscribe(listener: Listener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
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
