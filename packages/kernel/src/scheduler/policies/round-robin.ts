import type { PolicySurroundings, TimeSlice } from '../policy.ts';
import { InOrder } from './in-order.ts';

/**
 * In the order in which they came, and for no longer than a time slice while others wait: then a call is told to give its
 * slot back, and queues again at the end.
 */
export class RoundRobin extends InOrder {
  readonly #settings: PolicySurroundings['settings'];

  constructor({ settings }: PolicySurroundings) {
    super();
    this.#settings = settings;
  }

  get slice(): TimeSlice | undefined {
    const { sliceOutputTokens, sliceMs } = this.#settings();
    if (sliceOutputTokens === undefined && sliceMs === undefined) return undefined;
    return { outputTokens: sliceOutputTokens, ms: sliceMs };
  }
}
