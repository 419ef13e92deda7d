import { isDeepStrictEqual } from 'node:util';
import type { Budget, Pid, QuotaScope, TenantId } from '@aios/protocol';
import type { Caller, CallerBudget } from '../../syscall/index.ts';
import { Account, ProcessAccount } from './account.ts';
import type { Counter, RecordedUse } from './counter.ts';
import type { QuotaRules } from './quota-rules.ts';
import type { Window } from './window.ts';

/** A process as the ledger needs to know it. */
export interface LedgerProcess {
  readonly pid: Pid;
  readonly parent: Pid | undefined;
  readonly tenant: TenantId;
  readonly agent: string;
  readonly budget: Budget;
  readonly durable: boolean;
}

/** What the calls of one caller count for. Made once per caller and configuration, not per call. */
export interface Charge {
  readonly version: number;
  readonly accounts: readonly Account[];
  readonly counters: readonly Counter[];
  /** Pairs whose use must be on disk before it happens. */
  readonly persistent: readonly { readonly account: Account; readonly counter: Counter }[];
  /** Accounts that bound the model calls at the same time. */
  readonly narrow: readonly Account[];
  /** The process and its ancestors. */
  readonly lineage: readonly ProcessAccount[];
  /** Accounts whose `seconds` bound this very process. */
  readonly timed: readonly Account[];
}

interface AccountsOptions {
  readonly rules: QuotaRules;
  readonly now: () => number;
  /** What is on record of an account that this kernel has not seen yet. */
  readonly recorded: (
    scope: QuotaScope,
    tenant: string,
    name: string,
  ) => ReadonlyMap<Window, RecordedUse> | undefined;
}

/** All accounts: those of living processes, and those of agents, users, tenants and keys that have a quota. */
export class Accounts {
  readonly #options: Omit<AccountsOptions, 'rules'>;
  readonly #processes = new Map<Pid, ProcessAccount>();
  readonly #named = new Map<string, { account: Account; own: Budget | undefined }>();
  readonly #charges = new WeakMap<Caller, Charge>();
  #rules: QuotaRules;
  #version = 0;

  constructor({ rules, ...options }: AccountsOptions) {
    this.#rules = rules;
    this.#options = options;
  }

  get rules(): QuotaRules {
    return this.#rules;
  }

  *all(): Iterable<Account> {
    yield* this.#processes.values();
    for (const { account } of this.#named.values()) yield account;
  }

  process(pid: Pid): ProcessAccount | undefined {
    return this.#processes.get(pid);
  }

  open({ pid, parent, tenant, agent, budget, durable }: LedgerProcess): void {
    const name = String(pid);
    const account = new ProcessAccount(
      {
        scope: 'process',
        tenant,
        name,
        isPersistent: durable,
        recorded: durable ? this.#options.recorded('process', tenant, name) : undefined,
        now: this.#options.now(),
      },
      { pid, agent, budget, parent: parent === undefined ? undefined : this.#processes.get(parent) },
    );
    this.#bindProcess(account);
    this.#processes.set(pid, account);
  }

  /** Takes another budget of a process over; what was used stays. */
  rebind(account: ProcessAccount, budget: Budget): void {
    account.budget = budget;
    this.#version += 1;
    this.#bindProcess(account);
  }

  /** Children that outlive the process keep counting for its ancestors. */
  close(pid: Pid): void {
    this.#processes.delete(pid);
  }

  /** Takes other quotas over; what was used stays. */
  configure(rules: QuotaRules): void {
    this.#rules = rules;
    this.#version += 1;
    for (const account of this.#processes.values()) this.#bindProcess(account);
    for (const { account, own } of this.#named.values()) this.#bindNamed(account, own);
  }

  /** Makes the accounts that the configuration names, so that they can be seen before they are used. */
  openNamed(tenant: TenantId): void {
    for (const { scope, name } of this.#rules.named) {
      if (scope !== 'tenant' || name === tenant) this.#find(scope, tenant, name, undefined);
    }
  }

  chargeOf(caller: Caller): Charge {
    const known = this.#charges.get(caller);
    if (known?.version === this.#version) return known;
    const charge = this.#charge(caller);
    this.#charges.set(caller, charge);
    return charge;
  }

  #charge(caller: Caller): Charge {
    const { tenant, user, process, budgets = [] } = caller;
    const lineage: ProcessAccount[] = [];
    let account = process && this.#processes.get(process.pid);
    for (; account !== undefined; account = account.parent) lineage.push(account);
    const agents = [...new Set(lineage.map(({ agent }) => agent))].flatMap(
      (agent) => this.#find('agent', tenant, agent, undefined) ?? [],
    );
    const others = [
      this.#find('user', tenant, user, undefined),
      this.#find('tenant', tenant, tenant, undefined),
      // A key that started a process and calls as it counts once.
      ...new Set(budgets.map((own) => this.#findOwn(tenant, own))),
    ].filter((found) => found !== undefined);
    const accounts = [...lineage, ...agents, ...others];
    const ownAgent = agents.filter(({ name }) => name === process?.agent);
    return {
      version: this.#version,
      accounts,
      counters: accounts.flatMap(({ counters }) => counters),
      persistent: accounts
        .filter(({ isPersistent }) => isPersistent)
        .flatMap((each) => each.counters.map((counter) => ({ account: each, counter }))),
      narrow: accounts.filter(({ concurrency }) => Number.isFinite(concurrency)),
      lineage,
      timed: [...lineage.slice(0, 1), ...ownAgent, ...others],
    };
  }

  #findOwn(tenant: TenantId, { scope, name, budget }: CallerBudget): Account | undefined {
    return this.#find(scope, tenant, name, budget);
  }

  /** None where no quota was ever set for it. */
  #find(scope: QuotaScope, tenant: TenantId, name: string, own: Budget | undefined): Account | undefined {
    const key = JSON.stringify([scope, tenant, name]);
    const known = this.#named.get(key);
    if (known !== undefined) {
      if (!isDeepStrictEqual(own, known.own)) {
        this.#bindNamed(known.account, own);
        this.#named.set(key, { account: known.account, own });
        this.#version += 1;
      }
      return known.account;
    }
    if (own === undefined && this.#rules.budgetOf(scope, name) === undefined) return undefined;
    const recorded = this.#options.recorded(scope, tenant, name);
    const now = this.#options.now();
    const account = new Account({ scope, tenant, name, isPersistent: true, recorded, now });
    this.#bindNamed(account, own);
    this.#named.set(key, { account, own });
    return account;
  }

  #bindProcess(account: ProcessAccount): void {
    const usual = this.#rules.budgetOf('process', account.name);
    account.bind([account.budget, ...(usual ? [usual] : [])], this.#options.now());
  }

  #bindNamed(account: Account, own: Budget | undefined): void {
    const configured = this.#rules.budgetOf(account.scope, account.name);
    const budgets = [own, configured].filter((budget) => budget !== undefined);
    account.bind(budgets, this.#options.now());
  }
}
