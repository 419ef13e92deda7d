import type { Claim } from '../../claim.ts';
import type { Standing } from '../../policy.ts';
import type { Ticket } from '../../ticket.ts';
import type { ProgramLine } from './program-line.ts';
import type { Outlook } from './program-order.ts';
import type { ClassShare, TenantShare } from './sharers.ts';

/** A sharer as it would be after the calls that were foreseen so far. */
interface Foreseen {
  readonly weight: number;
  counter: number;
  left: number;
}

interface ForeseenTenant extends Foreseen {
  readonly share: TenantShare;
  readonly upcoming: Iterator<{ line: ProgramLine; ticket: Ticket }>;
}

interface ForeseenClass extends Foreseen {
  readonly name: string;
  readonly tenants: ForeseenTenant[];
}

/**
 * Plays forward, without touching anything, which calls would be served next if none came and none ended. Programs stand as
 * they do now.
 */
export function forecast(
  classes: readonly ClassShare[],
  estimate: (claim: Claim) => number,
  now: number,
  limit: number,
): Standing[] {
  const groups = classes.filter(({ queued }) => queued > 0).map((group) => foreseeClass(group, now));
  const standings: Standing[] = [];
  while (standings.length < limit) {
    const group = least(groups);
    const tenant = group && least(group.tenants);
    const upcoming = tenant?.upcoming.next().value;
    if (group === undefined || tenant === undefined || upcoming === undefined) break;
    const { line, ticket } = upcoming;
    standings.push({ ticket, reason: reasonOf(group, tenant, line, now) });
    const units = estimate(ticket.claim);
    for (const sharer of [group, tenant]) {
      sharer.counter += units / sharer.weight;
      sharer.left -= 1;
    }
  }
  return standings;
}

function foreseeClass({ name, weight, counter, queued, tenants }: ClassShare, now: number): ForeseenClass {
  const waiting = [...tenants.members].filter((tenant) => tenant.queued > 0);
  return {
    name,
    weight: weight(),
    counter,
    left: queued,
    tenants: waiting.map((share) => ({
      share,
      weight: share.weight(),
      counter: share.counter,
      left: share.queued,
      upcoming: callsOf(share, now),
    })),
  };
}

function* callsOf({ programs }: TenantShare, now: number): Generator<{ line: ProgramLine; ticket: Ticket }> {
  const starving: ProgramLine[] = [];
  const others: ProgramLine[] = [];
  for (const line of programs.lines) (programs.isStarving(line, now) ? starving : others).push(line);
  starving.sort((left, right) => left.starvation.key - right.starvation.key);
  others.sort((left, right) => left.rank.key - right.rank.key || left.rank.tie - right.rank.tie);
  for (const line of [...starving, ...others]) for (const ticket of line.calls) yield { line, ticket };
}

function least<Sharer extends Foreseen>(sharers: readonly Sharer[]): Sharer | undefined {
  return sharers
    .filter(({ left }) => left > 0)
    .reduce<Sharer | undefined>(
      (best, sharer) => (best === undefined || sharer.counter < best.counter ? sharer : best),
      undefined,
    );
}

function reasonOf(group: ForeseenClass, { share }: ForeseenTenant, line: ProgramLine, now: number): string {
  const among =
    group.tenants.length > 1 ? `${share.name} got ${Math.round(share.counter)} for its weight; ` : '';
  if (share.programs.isStarving(line, now)) return `${among}its program waited too long for what it got`;
  return among + said(share.programs.outlook(line.program));
}

function said(outlook: Outlook): string {
  const seconds = `${(outlook.ms / 1000).toFixed(1)} s`;
  if (outlook.kind === 'remaining') return `about ${seconds} left of its program`;
  if (outlook.kind === 'attained') return `its program got ${seconds} of late`;
  return `programs are of similar size (variation ${outlook.variation.toFixed(1)}): in the order in which they came`;
}
