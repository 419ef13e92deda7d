// Budgets and quotas: reserved before a call in every scope that it counts for (the process and its ancestors, their agents,
// the user, the tenant, the key), settled after it. Guarantees: a refused call holds nothing anywhere; a bound is never
// passed, save by what a provider reports above the reservation; usage that nobody reported counts as reserved.

import type { Budget, Pid, SyscallName } from '@aios/protocol';
import { type Clock, wallClock } from '../../clock/index.ts';
import type { Database } from '../../database/index.ts';
import type { Caller, PreparedCall, Reservation } from '../../syscall/index.ts';
import type { EventBus, Logger } from '../../telemetry/index.ts';
import type { ProcessAccount } from './account.ts';
import { Accounts, type Charge, type LedgerProcess } from './accounts.ts';
import { type Amounts, nanoUsd, usdOf } from './amounts.ts';
import { BudgetAnswers, type ProcessActions } from './budget-answers.ts';
import { Claim, type CountedNeed, firstShortage, needOf } from './claim.ts';
import { listQuotas } from './list-quotas.ts';
import type { QuotaRules } from './quota-rules.ts';
import { type BoundShortage, boundFields, type Shortage } from './refusals.ts';
import { UsageStore } from './usage-store.ts';
import type { Waiter } from './waiter.ts';
import { type Retry, WaitingRoom } from './waiting-room.ts';
import { WallTimes } from './wall-times.ts';

export interface BudgetLedgerOptions {
  readonly rules: QuotaRules;
  readonly events: EventBus;
  /** The time of day of the host when absent. */
  readonly clock?: Clock;
  /** Absent: nothing outlives the ledger. */
  readonly store?: UsageStore | undefined;
}

/** Opens the ledger with what earlier kernels left on record. */
export async function openBudgetLedger(
  options: Omit<BudgetLedgerOptions, 'store'> & { readonly database: Database; readonly logger: Logger },
): Promise<BudgetLedger> {
  return new BudgetLedger({ ...options, store: await UsageStore.open(options.database, options.logger) });
}

export interface ProcessUse {
  readonly calls: number;
  readonly tokens: number;
  readonly usd: number;
}

const noUse: ProcessUse = { calls: 0, tokens: 0, usd: 0 };

export class BudgetLedger implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #events: EventBus;
  readonly #store: UsageStore | undefined;
  readonly #accounts: Accounts;
  readonly #answers: BudgetAnswers;
  readonly #room: WaitingRoom;
  readonly #wallTimes: WallTimes;

  constructor({ rules, events, clock = wallClock, store }: BudgetLedgerOptions) {
    this.#clock = clock;
    this.#events = events;
    this.#store = store;
    this.#accounts = new Accounts({
      rules,
      now: () => clock.now(),
      recorded: (scope, tenant, name) => store?.recorded(scope, tenant, name),
    });
    this.#answers = new BudgetAnswers(events);
    this.#room = new WaitingRoom({
      clock,
      maxWaitMs: () => this.#accounts.rules.maxWaitMs,
      retry: (waiter, isPaused) => this.#retry(waiter, isPaused),
    });
    this.#wallTimes = new WallTimes({ clock, events, accounts: this.#accounts, answers: this.#answers });
  }

  /** Who ends processes and shows them as waiting. */
  actWith(actions: ProcessActions): void {
    this.#answers.actWith(actions);
  }

  open(process: LedgerProcess): void {
    this.#accounts.open(process);
  }

  /** Begins to count the wall time of a process, from its first start in Unix milliseconds. */
  started(caller: Caller, startedAt: number): void {
    this.#wallTimes.start(caller, startedAt);
  }

  /** The code of the process is dropped until `started` is called again. */
  rest(pid: Pid): void {
    this.#wallTimes.rest(pid);
  }

  /** Whether the wall time of the process is bounded, so that its first start must be kept. */
  isTimed(caller: Caller): boolean {
    return Number.isFinite(this.#wallTimes.secondsOf(caller));
  }

  /** `isOver`: it has ended, so nothing of it is kept; else it goes on in another kernel. */
  close(pid: Pid, { isOver }: { isOver: boolean }): void {
    this.#wallTimes.stop(pid);
    const account = this.#accounts.process(pid);
    if (account === undefined) return;
    this.#accounts.close(pid);
    if (isOver && account.isPersistent && account.counters.length > 0) this.#store?.forget(account);
  }

  used(pid: Pid): ProcessUse {
    const spent = this.#accounts.process(pid)?.spent;
    return spent ? { calls: spent.calls, tokens: spent.tokens, usd: usdOf(spent.nanoUsd) } : noUse;
  }

  /** Counts for a process and its ancestors what the journal answers again; the quotas had it counted when it happened. */
  replayed(pid: Pid, { calls, tokens, usd }: ProcessUse): void {
    const amounts = { calls, tokens, nanoUsd: nanoUsd(usd) };
    let account: ProcessAccount | undefined = this.#accounts.process(pid);
    for (; account !== undefined; account = account.parent) addTo(account.spent, amounts);
  }

  /**
   * Holds what a call may need. Nothing where the caller has no budget at all. A promise where the call waits for a rate or
   * is held by `pause`. Throws `quota_exceeded`, or `rate_limited` with `retryAfterMs`, and then holds nothing.
   */
  reserve(
    caller: Caller,
    prepared: PreparedCall<SyscallName>,
    signal: AbortSignal,
  ): Reservation | undefined | Promise<Reservation> {
    const charge = this.#accounts.chargeOf(caller);
    if (charge.accounts.length === 0) return undefined;
    const need = needOf(prepared);
    const shortage = this.#shortage(charge, need);
    if (shortage === undefined) return this.#grant(charge, need);
    const answer = this.#answers.answer(caller, prepared, shortage);
    if (answer.kind === 'downgrade') return this.#reserveInstead(caller, answer.instead, signal);
    signal.throwIfAborted();
    const { isPaused } = answer;
    if (!isPaused) this.#answers.checkWait(shortage, this.#accounts.rules.maxWaitMs, this.#clock);
    const shown = isPaused ? this.#answers.hold(caller, shortage) : undefined;
    return this.#room.wait({ caller, prepared, signal, shortage, isPaused, shown });
  }

  /** Takes other quotas over; what was used stays, and calls that have room now go on. */
  configure(rules: QuotaRules): void {
    this.#accounts.configure(rules);
    this.#wallTimes.rebind();
    if (this.#room.size > 0) for (const account of [...this.#accounts.all()]) this.#room.serve(account);
  }

  /** Gives a process another budget; what was used stays, and calls that have room now go on. */
  rebind(pid: Pid, budget: Budget): void {
    const account = this.#accounts.process(pid);
    if (account === undefined) return;
    this.#accounts.rebind(account, budget);
    this.#wallTimes.rebind();
    if (this.#room.size > 0) this.#room.serve(account);
  }

  readonly list = (caller: Caller) => listQuotas(this.#accounts, caller, this.#wallTimes, this.#clock.now());

  async [Symbol.asyncDispose](): Promise<void> {
    this.#room.close();
    this.#wallTimes[Symbol.dispose]();
    await this.#store?.[Symbol.asyncDispose]();
  }

  async #reserveInstead(
    caller: Caller,
    instead: PreparedCall<SyscallName>,
    signal: AbortSignal,
  ): Promise<Reservation> {
    const reservation = await this.reserve(caller, instead, signal);
    if (reservation === undefined) return { instead, settle: () => undefined };
    return {
      instead: reservation.instead ?? instead,
      settle: (used) => reservation.settle(used),
    };
  }

  /** A model call does not overtake those that wait for a rate which bounds it, too. */
  #shortage(charge: Charge, need: CountedNeed): Shortage | undefined {
    const shortage = firstShortage(charge, need, this.#clock.now());
    if (shortage !== undefined || this.#room.size === 0 || !need.isModelCall) return shortage;
    const busy = charge.accounts.find(({ throttled }) => throttled.size > 0);
    return busy && { kind: 'concurrency', account: busy };
  }

  #grant(charge: Charge, need: CountedNeed): Reservation | Promise<Reservation> {
    const claim = new Claim(charge, need, this.#afterSettling);
    const covering = charge.persistent.length === 0 ? undefined : this.#store?.cover(charge.persistent);
    if (covering === undefined) return claim;
    return covering.then(
      () => claim,
      (error: unknown) => {
        claim.release();
        throw error;
      },
    );
  }

  #retry({ caller, prepared, signal }: Waiter, isPaused: boolean): Retry {
    const charge = this.#accounts.chargeOf(caller);
    try {
      const need = needOf(prepared);
      const at = firstShortage(charge, need, this.#clock.now());
      if (at === undefined) return { kind: 'granted', reservation: this.#grant(charge, need) };
      const answer = this.#answers.answer(caller, prepared, at);
      if (answer.kind === 'downgrade') {
        return { kind: 'granted', reservation: this.#reserveInstead(caller, answer.instead, signal) };
      }
      if (answer.isPaused === isPaused) return { kind: 'short', at };
      return { kind: 'granted', reservation: this.#waitAnew(caller, prepared, signal) };
    } catch (error) {
      return { kind: 'refused', error };
    }
  }

  /** For a call that now waits for something of another kind. */
  async #waitAnew(
    caller: Caller,
    prepared: PreparedCall<SyscallName>,
    signal: AbortSignal,
  ): Promise<Reservation> {
    return (await this.reserve(caller, prepared, signal)) ?? { settle: () => undefined };
  }

  readonly #afterSettling = (charge: Charge): void => {
    for (const account of charge.accounts) {
      for (const counter of account.counters) {
        for (const bound of counter.warnings())
          this.#warn({ kind: 'bound', account, counter, bound }, charge);
      }
    }
    if (this.#room.size === 0) return;
    for (const account of charge.accounts) {
      if (account.throttled.size + account.paused.size > 0) this.#room.serve(account);
    }
  };

  #warn(shortage: BoundShortage, { lineage }: Charge): void {
    const [process] = lineage;
    this.#events.publish(
      {
        type: 'quota-warning',
        ...boundFields(shortage),
        ...(process && { pid: process.pid, agent: process.agent }),
      },
      shortage.account.tenant,
    );
  }
}

function addTo(sum: Amounts, { calls, tokens, nanoUsd }: Amounts): void {
  sum.calls += calls;
  sum.tokens += tokens;
  sum.nanoUsd += nanoUsd;
}
