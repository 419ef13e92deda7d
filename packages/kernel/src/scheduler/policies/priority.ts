import type { PolicySurroundings } from '../policy.ts';
import { ByKey } from './by-key.ts';

/** The greatest priority first. A call ages: so many milliseconds of waiting count as one level. */
export function priority({ settings }: PolicySurroundings): ByKey {
  return new ByKey({
    key: ({ arrivedAt, claim }) => arrivedAt - claim.priority * settings().priorityAgeingMs,
    rank: ({ claim }) => -claim.priority,
    reason: ({ claim }) =>
      `priority ${claim.priority}, and one level more for each ${settings().priorityAgeingMs} ms of waiting`,
  });
}
