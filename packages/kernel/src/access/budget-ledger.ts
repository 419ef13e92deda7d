import { AiosError, type Budget, type Pid } from '@aios/protocol';

/** What a process and its descendants have used and hold reserved. */
interface Account {
  readonly pid: Pid;
  readonly parent: Account | undefined;
  readonly budget: Budget;
  usedCalls: number;
  usedTokens: number;
  reservedTokens: number;
}

export interface Used {
  readonly calls: number;
  readonly tokens: number;
}

/** Tokens held for one call until it is known what it really used. Ends exactly once, by `settle`. */
export interface Reservation {
  /** `usedTokens` absent: nobody reported it, so it counts as reserved. A call that never ran settles with 0. */
  settle(usedTokens: number | undefined): void;
}

/**
 * Budgets of processes, reserved down the tree before a call and settled after it: what a child uses counts for each of its
 * ancestors. Nothing is ever used beyond a bound, save what a provider reports above the reservation.
 */
export class BudgetLedger {
  readonly #accounts = new Map<Pid, Account>();

  /** `used` is what a resumed process had used before. */
  open(pid: Pid, parent: Pid | undefined, budget: Budget, used: Used = { calls: 0, tokens: 0 }): void {
    const parentAccount = parent === undefined ? undefined : this.#accounts.get(parent);
    this.#accounts.set(pid, {
      pid,
      parent: parentAccount,
      budget,
      usedCalls: used.calls,
      usedTokens: used.tokens,
      reservedTokens: 0,
    });
  }

  /** Children that outlive the process keep counting for its ancestors. */
  close(pid: Pid): void {
    this.#accounts.delete(pid);
  }

  used(pid: Pid): Used | undefined {
    const account = this.#accounts.get(pid);
    return account && { calls: account.usedCalls, tokens: account.usedTokens };
  }

  /** Counts one call and holds the tokens, or throws `quota_exceeded` and holds nothing. */
  reserve(pid: Pid, tokens: number): Reservation {
    const accounts = this.#lineage(pid);
    for (const account of accounts) checkRoom(account, tokens);
    for (const account of accounts) {
      account.usedCalls += 1;
      account.reservedTokens += tokens;
    }
    let open = true;
    return {
      settle(usedTokens) {
        if (!open) throw new Error('A reservation was settled twice.');
        open = false;
        for (const account of accounts) {
          account.reservedTokens -= tokens;
          account.usedTokens += usedTokens ?? tokens;
        }
      },
    };
  }

  #lineage(pid: Pid): Account[] {
    const accounts: Account[] = [];
    for (let account = this.#accounts.get(pid); account !== undefined; account = account.parent)
      accounts.push(account);
    return accounts;
  }
}

function checkRoom(account: Account, tokens: number): void {
  const { budget, pid } = account;
  if (budget.calls !== undefined && account.usedCalls + 1 > budget.calls) {
    throw exceeded(pid, 'system calls', budget.calls, account.usedCalls, 0, 1);
  }
  if (budget.tokens === undefined || tokens === 0) return;
  if (account.usedTokens + account.reservedTokens + tokens > budget.tokens) {
    throw exceeded(pid, 'tokens', budget.tokens, account.usedTokens, account.reservedTokens, tokens);
  }
}

function exceeded(
  pid: Pid,
  unit: string,
  limit: number,
  used: number,
  reserved: number,
  needed: number,
): AiosError {
  return new AiosError(
    'quota_exceeded',
    `The budget of process ${pid} is ${limit} ${unit}; ${used} are used, ${reserved} are reserved by calls under way and this call may need ${needed}. Start it with a larger budget, or ask for less.`,
    { details: { pid, unit, limit, used, reserved, needed } },
  );
}
