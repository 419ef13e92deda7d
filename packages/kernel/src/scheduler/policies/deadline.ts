import type { PolicySurroundings } from '../policy.ts';
import type { Ticket } from '../ticket.ts';
import { ByKey } from './by-key.ts';

/** The earliest deadline first. A call that has none counts as due when it may wait no longer. */
export function deadline({ settings }: PolicySurroundings): ByKey {
  const dueAt = ({ arrivedAt, claim }: Ticket) => claim.deadlineAt ?? arrivedAt + settings().maxWaitMs;
  return new ByKey({
    key: dueAt,
    // In seconds, of which there are fewer than 2^31.
    rank: (ticket) => Math.floor(dueAt(ticket) / 1000),
    reason: ({ claim }) =>
      claim.deadlineAt === undefined
        ? `no deadline: counts as due ${settings().maxWaitMs} ms after it came`
        : `due ${new Date(claim.deadlineAt).toISOString()}`,
  });
}
