import type { SyscallName } from '@aios/protocol';
import { AiosError } from '@aios/protocol';
import type { Clock } from '../../clock/index.ts';
import type { Caller, PreparedCall, Reservation } from '../../syscall/index.ts';
import type { Account } from './account.ts';
import { type Shortage, throttled } from './refusals.ts';
import type { Waiter } from './waiter.ts';

/** How a waiting call fares when it is tried again. */
export type Retry =
  | { readonly kind: 'granted'; readonly reservation: Reservation | Promise<Reservation> }
  | { readonly kind: 'refused'; readonly error: unknown }
  /** Still without room; `at` may be another account than before. */
  | { readonly kind: 'short'; readonly at: Shortage };

interface Wait {
  readonly caller: Caller;
  readonly prepared: PreparedCall<SyscallName>;
  readonly signal: AbortSignal;
  readonly shortage: Shortage;
  readonly isPaused: boolean;
  /** Shows the process as waiting. */
  readonly shown: Disposable | undefined;
}

interface WaitingRoomOptions {
  readonly clock: Clock;
  readonly maxWaitMs: () => number;
  readonly retry: (waiter: Waiter, isPaused: boolean) => Retry;
}

/** Calls that may wait for the rates of one account; more are refused. */
const maxThrottled = 10_000;
/** A clock that was set forward, or a machine that slept, is noticed after so long. */
const lookAgainMs = 60_000;

/** Where calls wait for room in a budget: first come, first served in each account, cancellable, and without polling. */
export class WaitingRoom {
  readonly #options: WaitingRoomOptions;
  readonly #places = new Map<Waiter, Account>();
  readonly #timers = new Map<Account, () => void>();

  constructor(options: WaitingRoomOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#places.size;
  }

  /** Rejects with the signal’s reason, or with `rate_limited` after the longest wait for a rate. */
  wait({ caller, prepared, signal, shortage, isPaused, shown }: Wait): Promise<Reservation> {
    const { account } = shortage;
    if (signal.aborted) throw signal.reason;
    if (!isPaused && account.throttled.size >= maxThrottled) throw throttled(shortage, lookAgainMs);
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#remove(waiter, signal.reason);
      const maxWaitMs = this.#options.maxWaitMs();
      const cancelTimer = isPaused
        ? undefined
        : this.#options.clock.after(maxWaitMs, () =>
            this.#remove(waiter, throttled(shortage, retryMs(shortage, this.#options.clock))),
          );
      const waiter: Waiter = {
        caller,
        prepared,
        signal,
        resolve,
        reject,
        leave: () => {
          signal.removeEventListener('abort', onAbort);
          cancelTimer?.();
          shown?.[Symbol.dispose]();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#place(waiter, account, isPaused);
      this.#setTimer(account);
    });
  }

  /** Lets through whom this account has room for now. */
  serve(account: Account): void {
    this.#serveQueue(account, false);
    this.#serveQueue(account, true);
    if (account.throttled.size + account.paused.size > 0) this.#setTimer(account);
    else this.#clearTimer(account);
  }

  /** Refuses all who wait. */
  close(): void {
    for (const waiter of [...this.#places.keys()]) {
      this.#remove(waiter, new AiosError('cancelled', 'The kernel closed.'));
    }
  }

  #serveQueue(account: Account, isPaused: boolean): void {
    for (const waiter of queueOf(account, isPaused)) {
      const outcome = this.#options.retry(waiter, isPaused);
      if (outcome.kind === 'short') {
        if (outcome.at.account === account) return;
        this.#unplace(waiter, account);
        this.#place(waiter, outcome.at.account, isPaused);
        this.#setTimer(outcome.at.account);
        continue;
      }
      this.#unplace(waiter, account);
      waiter.leave();
      if (outcome.kind === 'granted') waiter.resolve(outcome.reservation);
      else waiter.reject(outcome.error);
    }
  }

  #place(waiter: Waiter, account: Account, isPaused: boolean): void {
    queueOf(account, isPaused).add(waiter);
    this.#places.set(waiter, account);
  }

  #unplace(waiter: Waiter, account: Account): void {
    account.throttled.delete(waiter);
    account.paused.delete(waiter);
    this.#places.delete(waiter);
  }

  /** Whoever stood behind it may have room at once. */
  #remove(waiter: Waiter, error: unknown): void {
    const account = this.#places.get(waiter);
    if (account === undefined) return;
    this.#unplace(waiter, account);
    waiter.leave();
    waiter.reject(error);
    this.serve(account);
  }

  #setTimer(account: Account): void {
    this.#clearTimer(account);
    const now = this.#options.clock.now();
    const ends = account.counters.map(({ endsAt }) => endsAt - now).filter(Number.isFinite);
    if (ends.length === 0) return;
    const delayMs = Math.min(lookAgainMs, Math.max(1, ...[Math.min(...ends)]));
    this.#timers.set(
      account,
      this.#options.clock.after(delayMs, () => this.serve(account)),
    );
  }

  #clearTimer(account: Account): void {
    this.#timers.get(account)?.();
    this.#timers.delete(account);
  }
}

function queueOf(account: Account, isPaused: boolean): Set<Waiter> {
  return isPaused ? account.paused : account.throttled;
}

/** When the caller may try again. */
export function retryMs(shortage: Shortage, clock: Clock): number {
  return shortage.kind === 'bound' ? Math.max(1, shortage.counter.endsAt - clock.now()) : 1000;
}
