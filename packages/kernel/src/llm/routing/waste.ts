import type { Usage } from '@aios/protocol';
import { costOf } from '../catalogue/index.ts';
import type { Core } from '../core.ts';
import type { Cost } from '../limits/index.ts';

/** What the failed attempts of a call may have used: a vendor charges for a reply that nobody waited for. */
export class Waste {
  /** US dollars, as far as prices are known. */
  usd = 0;
  #inputTokens = 0;
  #outputTokens = 0;

  get tokens(): number {
    return this.#inputTokens + this.#outputTokens;
  }

  add({ settings: { prices } }: Core, { inputTokens, outputTokens }: Cost): void {
    this.#inputTokens += inputTokens;
    this.#outputTokens += outputTokens;
    if (prices !== undefined) this.usd += costOf({ inputTokens, outputTokens, source: 'estimate' }, prices);
  }

  /** What the call used in all, where an attempt answered in the end. */
  addTo(usage: Usage): Usage {
    if (this.tokens === 0) return usage;
    return {
      ...usage,
      inputTokens: usage.inputTokens + this.#inputTokens,
      outputTokens: usage.outputTokens + this.#outputTokens,
      source: 'estimate',
    };
  }
}
