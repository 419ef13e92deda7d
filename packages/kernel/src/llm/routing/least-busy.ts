import type { Core } from '../core.ts';
import type { LoadOf, Strategy } from './strategy.ts';

/** The one with the fewest running and waiting calls for its concurrency. */
export function createLeastBusy(loadOf: LoadOf): Strategy {
  const share = (core: Core) => {
    const { running, queued } = loadOf(core);
    return (running + queued) / core.settings.concurrency;
  };
  return {
    order: (cores) =>
      cores
        .map((core) => ({ core, share: share(core) }))
        .sort((left, right) => left.share - right.share)
        .map(({ core }) => core),
  };
}
