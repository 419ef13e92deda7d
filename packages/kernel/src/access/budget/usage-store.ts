// What was used of quotas, on disk. Guarantee: before a call runs, its reservation is on record in every bounded window that
// it counts for. So a kernel that dies leaves no window under-counted: what was under way counts as reserved, and at most the
// headroom of a bound (2 % of a limit, 25 % of one per minute) counts although it was not used.

import { AiosError, type QuotaScope } from '@aios/protocol';
import type { Database, Tables } from '../../database/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import type { Account } from './account.ts';
import { type Amounts, counted, noAmounts } from './amounts.ts';
import type { Counter, RecordedUse } from './counter.ts';
import { type Window, windows } from './window.ts';

interface Entry {
  readonly account: Account;
  readonly counter: Counter;
}

type Row = Tables['quota_usage'];

const rowsPerInsert = 200;

export class UsageStore implements AsyncDisposable {
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #recorded: Map<string, Map<Window, RecordedUse>>;
  /** All windows that this kernel has written. */
  readonly #entries = new Map<Counter, Account>();
  #due = new Map<Counter, Account>();
  #forgotten = new Map<string, Account>();
  #next: PromiseWithResolvers<void> | undefined;
  #flushing: Promise<void> | undefined;

  private constructor(database: Database, logger: Logger, recorded: Map<string, Map<Window, RecordedUse>>) {
    this.#database = database;
    this.#logger = logger;
    this.#recorded = recorded;
  }

  static async open(database: Database, logger: Logger): Promise<UsageStore> {
    const recorded = new Map<string, Map<Window, RecordedUse>>();
    for (const row of await database.reader.selectFrom('quota_usage').selectAll().execute()) {
      const window = windows.find((known) => known === row.period);
      if (window === undefined) continue;
      const key = keyOf(row.scope, row.tenant, row.name);
      const known = recorded.get(key) ?? new Map<Window, RecordedUse>();
      const { started_at: startedAt, calls, tokens, nano_usd: nanoUsd } = row;
      recorded.set(key, known.set(window, { startedAt, calls, tokens, nanoUsd }));
    }
    return new UsageStore(database, logger, recorded);
  }

  /** What earlier kernels left on record. */
  recorded(scope: QuotaScope, tenant: string, name: string): ReadonlyMap<Window, RecordedUse> | undefined {
    return this.#recorded.get(keyOf(scope, tenant, name));
  }

  /**
   * Sees to it that the disk vouches for what these windows hold. A promise where it does not yet; then the call must wait
   * for it, and not run when it rejects.
   */
  cover(entries: readonly Entry[]): Promise<void> | undefined {
    let mustWait = false;
    for (const { account, counter } of entries) {
      if (!counter.isNearlyUncovered) continue;
      this.#due.set(counter, account);
      mustWait ||= isUncovered(counter);
    }
    if (this.#due.size === 0) return undefined;
    const written = this.#schedule();
    return mustWait ? written : undefined;
  }

  /** Removes what is on record of an account that has no more to count. */
  forget(account: Account): void {
    for (const counter of account.counters) {
      this.#entries.delete(counter);
      this.#due.delete(counter);
    }
    const key = keyOf(account.scope, account.tenant, account.name);
    this.#recorded.delete(key);
    this.#forgotten.set(key, account);
    void this.#schedule();
  }

  /** Puts what was really used on record. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flushing;
    const rows = [...this.#entries].map(([counter, account]) =>
      rowOf(account, counter, sumOf(counter.used, counter.reserved)),
    );
    await this.#write(rows, []);
  }

  #schedule(): Promise<void> {
    if (this.#next === undefined) {
      this.#next = Promise.withResolvers();
      // Who only prepares for later calls does not wait; the failure is logged where it happens.
      this.#next.promise.catch(() => undefined);
      this.#flushing ??= this.#flush();
    }
    return this.#next.promise;
  }

  async #flush(): Promise<void> {
    // What else is reserved in this turn goes along.
    await Promise.resolve();
    for (let batch = this.#next; batch !== undefined; batch = this.#next) {
      this.#next = undefined;
      try {
        await this.#writeDue();
        batch.resolve();
      } catch (cause) {
        this.#logger.error({ error: cause }, 'the use of quotas could not be written');
        const message = 'The use of a quota could not be put on record, so the call is not made. Try again.';
        batch.reject(new AiosError('unavailable', message, { cause }));
      }
    }
    this.#flushing = undefined;
  }

  async #writeDue(): Promise<void> {
    const due = [...this.#due].map(([counter, account]) => {
      const { startedAt } = counter;
      return { account, counter, startedAt, amounts: wantedCover(counter) };
    });
    const forgotten = [...this.#forgotten.values()];
    this.#due = new Map();
    this.#forgotten = new Map();
    await this.#write(
      due.map(({ account, counter, amounts }) => rowOf(account, counter, amounts)),
      forgotten,
    );
    for (const { account, counter, startedAt, amounts } of due) {
      // The next window may have begun meanwhile.
      if (counter.startedAt !== startedAt) continue;
      counter.cover(amounts);
      this.#entries.set(counter, account);
    }
  }

  async #write(rows: readonly Row[], forgotten: readonly Account[]): Promise<void> {
    if (rows.length + forgotten.length === 0) return;
    await this.#database.write(async (transaction) => {
      for (let start = 0; start < rows.length; start += rowsPerInsert) {
        await transaction
          .insertInto('quota_usage')
          .values(rows.slice(start, start + rowsPerInsert))
          .onConflict((conflict) =>
            conflict.columns(['scope', 'tenant', 'name', 'period']).doUpdateSet(({ ref }) => ({
              started_at: ref('excluded.started_at'),
              calls: ref('excluded.calls'),
              tokens: ref('excluded.tokens'),
              nano_usd: ref('excluded.nano_usd'),
            })),
          )
          .execute();
      }
      for (const { scope, tenant, name } of forgotten) {
        await transaction
          .deleteFrom('quota_usage')
          .where('scope', '=', scope)
          .where('tenant', '=', tenant)
          .where('name', '=', name)
          .execute();
      }
    });
  }
}

function keyOf(scope: string, tenant: string, name: string): string {
  return JSON.stringify([scope, tenant, name]);
}

/** Whether something is held that the disk does not vouch for. */
function isUncovered({ used, reserved, covered, bounds }: Counter): boolean {
  return bounds.some(({ dimension }) => used[dimension] + reserved[dimension] > covered[dimension]);
}

/** What is held and the headroom, within the limits: the disk need not vouch for more than may be used. */
function wantedCover({ used, reserved, bounds }: Counter): Amounts {
  const wanted = sumOf(used, reserved);
  for (const { dimension, limit, headroom } of bounds) {
    wanted[dimension] = Math.max(wanted[dimension], Math.min(limit, wanted[dimension] + headroom));
  }
  return wanted;
}

function sumOf(used: Amounts, reserved: Amounts): Amounts {
  const sum = noAmounts();
  for (const dimension of counted) sum[dimension] = used[dimension] + reserved[dimension];
  return sum;
}

function rowOf({ scope, tenant, name }: Account, { window, startedAt }: Counter, amounts: Amounts): Row {
  const { calls, tokens, nanoUsd } = amounts;
  return { scope, tenant, name, period: window, started_at: startedAt, calls, tokens, nano_usd: nanoUsd };
}
