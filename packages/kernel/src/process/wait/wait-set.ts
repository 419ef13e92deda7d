import type { JsonValue, Pid, UserId, WaitCondition, WaitKind } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Tables } from '../../database/index.ts';

/** What a process waits for, with its times fixed. */
export interface WaitSet {
  readonly mode: 'any' | 'all';
  readonly conditions: readonly WaitCondition[];
  /** Unix milliseconds after which the wait fails. */
  readonly deadlineAt: number | undefined;
}

/** A wait set that is open, and the call of its process that opened it. */
export interface OpenWaitSet extends WaitSet {
  /** Ordinal of the call. */
  readonly call: number;
}

/** Who waits; a program outside the kernel has no pid. */
export interface Waiter {
  readonly pid: Pid | undefined;
  readonly agent: string | undefined;
  readonly tenant: string;
  readonly user: UserId;
}

/** One condition, as its source watches it. */
export interface Watched {
  /** What `WaitSets.notify` is told when the condition may have come. */
  readonly topics: readonly string[];
  /** Unix milliseconds at which it comes by itself. */
  readonly at?: number;
  /** What has come; undefined where it has not. */
  look(): Promise<JsonValue | undefined>;
  /** Takes what was found, so that nobody else gets it; false where somebody was faster. `call`: who takes it. */
  take?(transaction: Transaction<Tables>, call: number): Promise<boolean>;
}

export type WaitSource<Kind extends WaitKind> = (
  condition: Extract<WaitCondition, { kind: Kind }>,
  waiter: Waiter,
) => Watched;

/** Where each kind of condition comes from. */
export type WaitSources = { readonly [Kind in WaitKind]: WaitSource<Kind> };

export function watch(sources: WaitSources, condition: WaitCondition, waiter: Waiter): Watched {
  // The source of this very kind, which the compiler cannot follow through the union.
  const source = sources[condition.kind] as (condition: WaitCondition, waiter: Waiter) => Watched;
  return source(condition, waiter);
}

/** The same condition with its time fixed, so that it does not begin anew after a restart. */
export function fixed(condition: WaitCondition, now: number): WaitCondition {
  if (condition.kind !== 'timer' || condition.at !== undefined) return condition;
  return { kind: 'timer', at: new Date(now + (condition.afterMs ?? 0)).toISOString() };
}

export interface Found {
  readonly index: number;
  readonly watched: Watched;
  readonly value: JsonValue;
}

/** What has come of a wait set; undefined where it is not enough. */
export async function lookAt(
  { mode }: Pick<WaitSet, 'mode'>,
  watched: readonly Watched[],
): Promise<readonly Found[] | undefined> {
  const found: Found[] = [];
  for (const [index, each] of watched.entries()) {
    const value = await each.look();
    if (value === undefined && mode === 'all') return undefined;
    if (value === undefined) continue;
    found.push({ index, watched: each, value });
    if (mode === 'any') return found;
  }
  return found.length > 0 ? found : undefined;
}
