import type { Core } from '../core.ts';
import type { Cost } from '../limits/index.ts';
import type { Strategy } from './strategy.ts';

/** The one whose prices make the call cheapest. A local model costs nothing; one whose prices nobody knows comes last. */
export const cheapestCapable: Strategy = {
  order: (cores, { cost }) =>
    cores
      .map((core) => ({ core, price: priceOf(core, cost) }))
      .sort((left, right) => left.price - right.price || 0)
      .map(({ core }) => core),
};

/** In millionths of a dollar. */
function priceOf({ settings: { prices, provider } }: Core, cost: Cost): number {
  if (prices !== undefined) return prices.input * cost.inputTokens + prices.output * cost.outputTokens;
  return provider.keyRequired ? Number.MAX_VALUE : 0;
}
