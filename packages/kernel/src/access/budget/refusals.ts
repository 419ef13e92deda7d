// What callers are told when a budget has no room.

import { AiosError, type EventOf } from '@aios/protocol';
import type { Account } from './account.ts';
import { shown, shownName } from './amounts.ts';
import type { Bound } from './bounds.ts';
import type { Counter } from './counter.ts';

/** A bound that has no room for a call. */
export type Shortage =
  | { readonly kind: 'concurrency'; readonly account: Account }
  | { readonly kind: 'bound'; readonly account: Account; readonly counter: Counter; readonly bound: Bound };

export type BoundShortage = Extract<Shortage, { kind: 'bound' }>;

/** The fields by which events and errors name a bound. */
export function boundFields({
  account,
  counter,
  bound,
}: Omit<BoundShortage, 'kind'>): Pick<
  EventOf<'quota-warning'>,
  'scope' | 'name' | 'dimension' | 'window' | 'limit' | 'used'
> {
  const { dimension, limit } = bound;
  return {
    scope: account.scope,
    name: account.name,
    dimension: shownName(dimension),
    window: counter.window,
    limit: shown(dimension, limit),
    used: shown(dimension, counter.used[dimension]),
  };
}

/** The budget has no room, and waiting makes none, or is not what was declared. */
export function exceeded(shortage: BoundShortage, needed: number, advice?: string): AiosError {
  const { counter, bound } = shortage;
  const fields = boundFields(shortage);
  const reserved = shown(bound.dimension, counter.reserved[bound.dimension]);
  const need = shown(bound.dimension, needed);
  const { unit, pid } = wordsOf(shortage);
  const state = `${fields.used} are used, ${reserved} are reserved by calls under way and this call may need ${need}`;
  return new AiosError(
    'quota_exceeded',
    `The ${nameOf(shortage)} is ${fields.limit} ${unit}; ${state}. ${advice ?? adviceFor(shortage)}`,
    { details: { ...(pid !== undefined && { pid }), unit, ...fields, reserved, needed: need } },
  );
}

/** A rate has no room for now. */
export function throttled(shortage: Shortage, retryAfterMs: number): AiosError {
  const { account } = shortage;
  const details = {
    scope: account.scope,
    name: account.name,
    retryAfterMs: Math.max(1, Math.ceil(retryAfterMs)),
  };
  if (shortage.kind === 'concurrency') {
    return new AiosError(
      'rate_limited',
      `The quota of ${ownerOf(account)} allows ${account.concurrency} model calls at the same time, and they did not end in time. Try again later, or raise the quota.`,
      { details },
    );
  }
  return new AiosError(
    'rate_limited',
    `The ${nameOf(shortage)} is used up. Try again in ${details.retryAfterMs} ms, or raise it.`,
    { details: { ...details, ...boundFields(shortage) } },
  );
}

export function unpriced(account: Account, model: string | undefined): AiosError {
  const which = model === undefined ? 'A model that this call may go to' : `The model "${model}"`;
  return new AiosError(
    'failed_precondition',
    `${which} has no known price, so the budget in US dollars of ${ownerOf(account)} cannot be kept. Set llms.models[].prices, or ask for a model with known prices.`,
    { details: { scope: account.scope, name: account.name } },
  );
}

export function outOfTime(account: Account, seconds: number): AiosError {
  return new AiosError(
    'quota_exceeded',
    `The wall time of the process is used up: the budget of ${ownerOf(account)} is ${seconds} seconds. Start it with a larger one.`,
    { details: { scope: account.scope, name: account.name, dimension: 'seconds', limit: seconds } },
  );
}

export function nameOf(shortage: BoundShortage): string {
  const { account, counter } = shortage;
  const per = counter.window === 'total' ? '' : ` per ${counter.window}`;
  return `${hasBudget(account) ? 'budget' : 'quota'}${per} of ${ownerOf(account)}`;
}

/** Budgets are given with the thing; quotas stand in the configuration. */
function hasBudget({ scope }: Account): boolean {
  return scope === 'process' || scope === 'key';
}

function ownerOf({ scope, name }: Account): string {
  return scope === 'process' ? `process ${name}` : `${scope} "${name}"`;
}

function wordsOf({ account, bound }: BoundShortage) {
  const unit = { calls: 'system calls', tokens: 'tokens', nanoUsd: 'US dollars' }[bound.dimension];
  return { unit, pid: account.scope === 'process' ? Number(account.name) : undefined };
}

function adviceFor({ account, counter }: BoundShortage): string {
  if (account.scope === 'process') return 'Start it with a larger budget, or ask for less.';
  if (account.scope === 'key') return 'Make a key with a larger budget (aios key create), or ask for less.';
  const later = counter.window === 'total' ? '' : `Wait for the next ${counter.window}, `;
  return `${later}${later === '' ? 'Raise' : 'raise'} the quota in config.yaml, or ask for less.`;
}
