import { costOf } from './catalogue/index.ts';
import type { Core } from './core.ts';
import type { Cost } from './limits/index.ts';

/**
 * The most that a call may cost in US dollars, whichever of the cores answers. A core that needs no key runs on the user’s own
 * machine and costs nothing; undefined where the price of another one is not known.
 */
export function dearest(cores: readonly Core[], { inputTokens, outputTokens }: Cost): number | undefined {
  const usage = { inputTokens, outputTokens, source: 'estimate' as const };
  let most = 0;
  for (const { settings } of cores) {
    if (settings.prices !== undefined) most = Math.max(most, costOf(usage, settings.prices));
    else if (settings.provider.keyRequired) return undefined;
  }
  return most;
}
