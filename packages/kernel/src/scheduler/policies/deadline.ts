import type { PolicySurroundings } from '../policy.ts';
import { ByKey } from './by-key.ts';

/** The earliest deadline first. A call that has none counts as due when it may wait no longer. */
export function deadline({ settings }: PolicySurroundings): ByKey {
  return new ByKey({
    key: ({ arrivedAt, claim }) => claim.deadlineAt ?? arrivedAt + settings().maxWaitMs,
    reason: ({ claim }) =>
      claim.deadlineAt === undefined
        ? `no deadline: counts as due ${settings().maxWaitMs} ms after it came`
        : `due ${new Date(claim.deadlineAt).toISOString()}`,
  });
}
