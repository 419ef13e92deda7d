import type { Quota } from '@aios/protocol';
import type { Caller } from '../../syscall/index.ts';
import { type Account, ProcessAccount } from './account.ts';
import type { Accounts } from './accounts.ts';
import { shown } from './amounts.ts';
import { boundFields } from './refusals.ts';
import type { WallTimes } from './wall-times.ts';

/** A process sees the scopes that its calls count for; a person those of the tenant. */
export function listQuotas(accounts: Accounts, caller: Caller, times: WallTimes, now: number): Quota[] {
  if (caller.process !== undefined) return accounts.chargeOf(caller).accounts.flatMap(describe);
  accounts.openNamed(caller.tenant);
  return [...accounts.all()].filter(({ tenant }) => tenant === caller.tenant).flatMap(describe);

  function describe(account: Account): Quota[] {
    return [...describeBounds(account, now), ...describeRates(account, times)];
  }
}

function describeBounds(account: Account, now: number): Quota[] {
  return account.counters.flatMap((counter) => {
    counter.roll(now);
    return counter.bounds.map((bound) => ({
      ...boundFields({ account, counter, bound }),
      reserved: shown(bound.dimension, counter.reserved[bound.dimension]),
      ...(Number.isFinite(counter.endsAt) && { windowEndsAt: new Date(counter.endsAt).toISOString() }),
      ...(counter.window !== 'minute' && { atLimit: bound.atLimit }),
      ...(bound.cheaperModel !== undefined && { cheaperModel: bound.cheaperModel }),
      waiting: account.throttled.size + account.paused.size,
    }));
  });
}

function describeRates(account: Account, times: WallTimes): Quota[] {
  const { scope, name, concurrency, running, seconds } = account;
  const common = { scope, name, window: 'total' as const, reserved: 0, waiting: account.throttled.size };
  const used = account instanceof ProcessAccount ? times.usedSeconds(account.pid) : undefined;
  return [
    ...(Number.isFinite(concurrency)
      ? [{ ...common, dimension: 'concurrency' as const, limit: concurrency, used: running }]
      : []),
    ...(Number.isFinite(seconds)
      ? [
          {
            ...common,
            dimension: 'seconds' as const,
            limit: seconds,
            used: used ?? 0,
            atLimit: 'kill' as const,
          },
        ]
      : []),
  ];
}
