import type { Need, Reservation, Used } from '../../syscall/index.ts';
import type { Charge } from './accounts.ts';
import { type Amounts, nanoUsd } from './amounts.ts';
import type { Counter } from './counter.ts';
import { type Shortage, unpriced } from './refusals.ts';

/** What a call may need, in the units of the ledger. */
export interface CountedNeed {
  readonly amounts: Amounts;
  readonly model: string | undefined;
  readonly isModelCall: boolean;
  /** Nobody knows what it will cost. */
  readonly isUnpriced: boolean;
}

export function needOf({ reserveTokens, reserveUsd, model }: Need): CountedNeed {
  const isModelCall = reserveTokens !== undefined;
  return {
    amounts: {
      calls: 1,
      tokens: reserveTokens ?? 0,
      nanoUsd: reserveUsd === undefined ? 0 : nanoUsd(reserveUsd),
    },
    model,
    isModelCall,
    isUnpriced: isModelCall && reserveUsd === undefined,
  };
}

/** Calls to the cheaper model of a budget do not count for it. */
function isExempt({ cheaperModel }: Counter, model: string | undefined): boolean {
  return model !== undefined && cheaperModel === model;
}

/**
 * The first bound without room for the call, with every window brought up to now. Throws `failed_precondition` for a call
 * without a known price where money is bounded.
 */
export function firstShortage(charge: Charge, need: CountedNeed, now: number): Shortage | undefined {
  for (const account of charge.accounts) {
    for (const counter of account.counters) {
      counter.roll(now);
      if (isExempt(counter, need.model)) continue;
      const bound = counter.shortOf(need.amounts);
      if (bound !== undefined) return { kind: 'bound', account, counter, bound };
      if (need.isUnpriced && counter.bounds.some(({ dimension }) => dimension === 'nanoUsd')) {
        throw unpriced(account, need.model);
      }
    }
  }
  if (!need.isModelCall) return undefined;
  for (const account of charge.narrow) {
    if (account.running >= account.concurrency) return { kind: 'concurrency', account };
  }
  return undefined;
}

/** What one call holds in all its accounts. Ends exactly once. */
export class Claim implements Reservation {
  readonly #charge: Charge;
  readonly #held: Amounts;
  readonly #isModelCall: boolean;
  /** Windows for which the call does not count. */
  #exempt: Set<Counter> | undefined;
  readonly #onSettled: (charge: Charge) => void;
  #isOpen = true;

  /** Holds at once; the caller has seen that there is room. */
  constructor(
    charge: Charge,
    { amounts, model, isModelCall }: CountedNeed,
    onSettled: (charge: Charge) => void,
  ) {
    this.#charge = charge;
    this.#held = amounts;
    this.#isModelCall = isModelCall;
    this.#onSettled = onSettled;
    for (const counter of charge.counters) {
      if (isExempt(counter, model)) {
        this.#exempt ??= new Set();
        this.#exempt.add(counter);
      } else counter.hold(amounts);
    }
    for (const { spent } of charge.lineage) spent.calls += 1;
    if (isModelCall) for (const account of charge.accounts) account.running += 1;
  }

  settle(used: Used | undefined): void {
    this.#end();
    const held = this.#held;
    const really = used === undefined ? held : { calls: 0, tokens: used.tokens, nanoUsd: nanoUsd(used.usd) };
    for (const counter of this.#charge.counters) {
      if (!this.#exempt?.has(counter)) counter.settle(held, really);
    }
    for (const { spent } of this.#charge.lineage) {
      spent.tokens += really.tokens;
      spent.nanoUsd += really.nanoUsd;
    }
    this.#onSettled(this.#charge);
  }

  /** Takes all of it back: the call never began. */
  release(): void {
    this.#end();
    for (const counter of this.#charge.counters) {
      if (!this.#exempt?.has(counter)) counter.release(this.#held);
    }
    for (const { spent } of this.#charge.lineage) spent.calls -= 1;
    this.#onSettled(this.#charge);
  }

  #end(): void {
    if (!this.#isOpen) throw new Error('A reservation was settled twice.');
    this.#isOpen = false;
    if (this.#isModelCall) for (const account of this.#charge.accounts) account.running -= 1;
  }
}
