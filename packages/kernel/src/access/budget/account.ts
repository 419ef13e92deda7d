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

/** Whom use is counted for, what it may use and what it used. */
export class Account {
  readonly scope: QuotaScope;
  readonly tenant: TenantId;
  readonly name: string;
  readonly isPersistent: boolean;
  /** Calls that wait for a rate, in the order in which they came. */
  readonly throttled = new Set<Waiter>();
  /** Calls that are held until the budget has room again. */
  readonly paused = new Set<Waiter>();
  /** Model calls under way. */
  running = 0;
  #counters: readonly Counter[] = [];
  #concurrency = Number.POSITIVE_INFINITY;
  #seconds = Number.POSITIVE_INFINITY;
  readonly #byWindow = new Map<Window, Counter>();

  constructor({ scope, tenant, name, isPersistent, recorded, now }: AccountOptions) {
    this.scope = scope;
    this.tenant = tenant;
    this.name = name;
    this.isPersistent = isPersistent;
    for (const [window, use] of recorded ?? []) this.#byWindow.set(window, new Counter(window, now, use));
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
    this.#counters = windows.flatMap((window) => {
      const bounds = boundsOf(budgets, window);
      const known = this.#byWindow.get(window);
      known?.bind(bounds);
      if (bounds.length === 0) return [];
      if (known !== undefined) return known;
      const counter = new Counter(window, now, undefined);
      counter.bind(bounds);
      this.#byWindow.set(window, counter);
      return counter;
    });
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
