import type { EventOf } from '@aios/protocol';

export type SettledCall = EventOf<'syscall-settled'>;

/** A settled call and how deep it stands inside others. */
export interface TreeLine {
  call: SettledCall;
  depth: number;
}

/**
 * Puts settled calls into the order in which they are read: a call that was made inside another settles first, yet stands
 * below it. So it is held back until the outer one has settled.
 */
export class CallTree {
  readonly #running = new Set<string>();
  readonly #held = new Map<string, SettledCall[]>();

  started(call: string): void {
    this.#running.add(call);
  }

  /** The lines that can be shown now. */
  settled(call: SettledCall): TreeLine[] {
    this.#running.delete(call.call);
    const { parentCall } = call;
    if (parentCall === undefined || !this.#running.has(parentCall)) return this.#release(call, 0);
    const siblings = this.#held.get(parentCall) ?? [];
    this.#held.set(parentCall, [...siblings, call]);
    return [];
  }

  /** What is still held back, when nothing more will come. */
  rest(): TreeLine[] {
    const [outermost] = this.#held.keys();
    if (outermost === undefined) return [];
    const calls = this.#held.get(outermost) ?? [];
    this.#held.delete(outermost);
    return [...calls.flatMap((call) => this.#release(call, 1)), ...this.rest()];
  }

  #release(call: SettledCall, depth: number): TreeLine[] {
    const inner = this.#held.get(call.call) ?? [];
    this.#held.delete(call.call);
    return [{ call, depth }, ...inner.flatMap((held) => this.#release(held, depth + 1))];
  }
}
