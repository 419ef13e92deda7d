import type { Budget, Pid, QuotaScope, TenantId } from '@aios/protocol';
import { type Amounts, noAmounts } from './amounts.ts';
import { boundsOf, smallest } from './bounds.ts';
import { Counter, type RecordedUse } from './counter.ts';
import type { Waiter } from './waiter.ts';
import { type Window, windows } from './window.ts';

export interface AccountOptions {
  readonly scope: QuotaScope;
  readonly tenant: TenantId;
  readonly name: string;
  /** Whether what is used survives the kernel. */
  readonly isPersistent: boolean;
  /** What was used before this kernel. */
  readonly recorded?: ReadonlyMap<Window, RecordedUse> | undefined;
  /** Unix milliseconds. */
  readonly now: number;
}

const none: readonly Counter[] = [];

/** Whom use is counted for, what it may use and what it used. */
export class Account {
  readonly scope: QuotaScope;
  readonly tenant: TenantId;
  readonly name: string;
  readonly isPersistent: boolean;
  /** Model calls under way. */
  running = 0;
  // There may be very many accounts, of processes that sleep: what most of them never need is made when it is asked for.
  #throttled: Set<Waiter> | undefined;
  #paused: Set<Waiter> | undefined;
  #byWindow: Map<Window, Counter> | undefined;
  #counters: readonly Counter[] = none;
  #concurrency = Number.POSITIVE_INFINITY;
  #seconds = Number.POSITIVE_INFINITY;

  constructor({ scope, tenant, name, isPersistent, recorded, now }: AccountOptions) {
    this.scope = scope;
    this.tenant = tenant;
    this.name = name;
    this.isPersistent = isPersistent;
    for (const [window, use] of recorded ?? []) this.#keep(new Counter(window, now, use));
  }

  /** Calls that wait for a rate, in the order in which they came. */
  get throttled(): Set<Waiter> {
    this.#throttled ??= new Set();
    return this.#throttled;
  }

  /** Calls that are held until the budget has room again. */
  get paused(): Set<Waiter> {
    this.#paused ??= new Set();
    return this.#paused;
  }

  /** Those of the windows that have a bound. */
  get counters(): readonly Counter[] {
    return this.#counters;
  }

  get concurrency(): number {
    return this.#concurrency;
  }

  /** Wall time of each process. */
  get seconds(): number {
    return this.#seconds;
  }

  /** Takes other limits over; what was used stays. */
  bind(budgets: readonly Budget[], now: number): void {
    this.#concurrency = smallest(budgets, 'concurrency');
    this.#seconds = smallest(budgets, 'seconds');
    const counters = windows.flatMap((window) => {
      const bounds = boundsOf(budgets, window);
      const known = this.#byWindow?.get(window);
      known?.bind(bounds);
      if (bounds.length === 0) return [];
      if (known !== undefined) return known;
      const counter = new Counter(window, now, undefined);
      counter.bind(bounds);
      this.#keep(counter);
      return counter;
    });
    this.#counters = counters.length === 0 ? none : counters;
  }

  #keep(counter: Counter): void {
    this.#byWindow ??= new Map();
    this.#byWindow.set(counter.window, counter);
  }
}

/** The account of a process: what its descendants use counts for it, too. */
export class ProcessAccount extends Account {
  readonly pid: Pid;
  readonly agent: string;
  readonly parent: ProcessAccount | undefined;
  budget: Budget;
  /** All that was used, bounded or not. */
  readonly spent: Amounts = noAmounts();

  constructor(
    options: AccountOptions,
    process: { pid: Pid; agent: string; parent: ProcessAccount | undefined; budget: Budget },
  ) {
    super(options);
    this.pid = process.pid;
    this.agent = process.agent;
    this.parent = process.parent;
    this.budget = process.budget;
  }
}
