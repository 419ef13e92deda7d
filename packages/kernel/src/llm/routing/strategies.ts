import type { Config } from '../../config/index.ts';
import { cheapestCapable } from './cheapest-capable.ts';
import { createLeastBusy } from './least-busy.ts';
import { createPrefixAffinity } from './prefix-affinity.ts';
import { createRoundRobin } from './round-robin.ts';
import { sequential } from './sequential.ts';
import type { LoadOf, Strategy } from './strategy.ts';

export type StrategyName = Config['llms']['router']['strategy'];

const makers: Readonly<Record<StrategyName, (loadOf: LoadOf) => Strategy>> = {
  sequential: () => sequential,
  round_robin: createRoundRobin,
  least_busy: createLeastBusy,
  cheapest_capable: () => cheapestCapable,
  prefix_affinity: createPrefixAffinity,
};

export function createStrategy(name: StrategyName, loadOf: LoadOf): Strategy {
  return makers[name](loadOf);
}
