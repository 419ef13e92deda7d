import type { Core } from '../core.ts';
import type { Cost } from '../limits/index.ts';
import type { RoutedCall, Strategy } from './strategy.ts';

/**
 * The order in which cores are tried: that of the strategy, with those behind which would make the call wait for their
 * limits, and last those that are known to fail.
 */
export function orderCores(
  cores: readonly Core[],
  strategy: Strategy,
  call: RoutedCall,
  fallbackWaitMs: number,
): readonly Core[] {
  if (cores.length < 2) return cores;
  const ordered = strategy.order(cores, call);
  const ranks = new Map(ordered.map((core) => [core, rankOf(core, call.cost, fallbackWaitMs)]));
  return ordered.toSorted((left, right) => (ranks.get(left) ?? 0) - (ranks.get(right) ?? 0));
}

function rankOf(core: Core, cost: Cost, fallbackWaitMs: number): number {
  if (!core.health.isUsable) return 2;
  return core.limits.waitMs(cost) > fallbackWaitMs ? 1 : 0;
}
