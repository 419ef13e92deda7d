// What the policy no longer keeps is removed, in small transactions: checkpoints without a label that are old, too many or
// beyond the bytes of their user, and the conversations of processes that ended long ago.

import { type TenantId, tenantId } from '@aios/protocol';
import { sql } from 'kysely';
import type { Config } from '../../config/index.ts';
import type { Database } from '../../database/index.ts';
import { loosen, removeLoose } from './loose-messages.ts';
import { forgetMoves } from './moves.ts';
import type { Owner } from './owner.ts';
import { addUsage, lockUsage, rowBytes, storedBytesOf } from './usage.ts';

export type ContextPolicy = Pick<
  Config['context'],
  'max_bytes' | 'max_stored_bytes' | 'keep_checkpoints' | 'checkpoint_ttl_ms' | 'ended_ttl_ms'
>;

/** What a sweep removed of one tenant. */
export interface Swept {
  checkpoints: number;
  conversations: number;
  messages: number;
  bytes: number;
}

const batchSize = 100;

export class Sweep {
  readonly #database: Database;
  readonly #policy: ContextPolicy;
  readonly #now: number;
  readonly #signal: AbortSignal;
  readonly swept = new Map<TenantId, Swept>();

  constructor(options: { database: Database; policy: ContextPolicy; now: number; signal: AbortSignal }) {
    this.#database = options.database;
    this.#policy = options.policy;
    this.#now = options.now;
    this.#signal = options.signal;
  }

  /** Everything that the policy does not keep. Ends early, between two transactions, when the signal fires. */
  async run(): Promise<void> {
    await this.#all(() => this.#removeCheckpoints(() => this.#outdatedCheckpoints()));
    await this.#all(() => this.#removeConversations(() => this.#endedConversations()));
    await this.#all(() => this.#removeLoose());
    for (const owner of await this.#beyondTheirBytes()) await this.reclaim(owner, 0);
  }

  /** Makes room for a user, from his oldest checkpoints on. */
  async reclaim(owner: Owner, neededBytes: number): Promise<void> {
    const bound = this.#policy.max_stored_bytes - neededBytes;
    await this.#all(async () => {
      if ((await storedBytesOf(this.#database.reader, owner)) <= bound) return false;
      if (await this.#removeLoose()) return true;
      return await this.#removeCheckpoints(() => this.#oldestCheckpoints(owner));
    });
  }

  async #all(removeSome: () => Promise<boolean>): Promise<void> {
    while (!this.#signal.aborted && (await removeSome()));
  }

  async #removeLoose(): Promise<boolean> {
    const removed = await removeLoose(this.#database);
    if (removed === undefined) return false;
    const swept = this.#of(removed.tenant);
    swept.messages += removed.messages;
    swept.bytes += removed.bytes;
    return true;
  }

  async #removeCheckpoints(select: () => Promise<(Owner & { id: number })[]>): Promise<boolean> {
    const found = await select();
    for (const [owner, rows] of byOwner(found)) {
      const ids = rows.map(({ id }) => id);
      const removed = await this.#database.write(async (transaction) => {
        await lockUsage(transaction, owner);
        const deleted = await transaction
          .deleteFrom('context_checkpoints')
          .where('id', 'in', ids)
          .returning(['head', 'size_bytes'])
          .execute();
        await loosen(
          transaction,
          deleted.map(({ head }) => head),
        );
        const bytes = deleted.reduce((sum, row) => sum + row.size_bytes, 0);
        await addUsage(transaction, owner, -bytes);
        return { count: deleted.length, bytes };
      });
      const swept = this.#of(owner.tenant);
      swept.checkpoints += removed.count;
      swept.bytes += removed.bytes;
    }
    return found.length > 0;
  }

  async #removeConversations(
    select: () => Promise<(Owner & { pid: number; name: string })[]>,
  ): Promise<boolean> {
    const found = await select();
    for (const [owner, rows] of byOwner(found)) {
      const count = await this.#database.write(async (transaction) => {
        await lockUsage(transaction, owner);
        const heads: (number | null)[] = [];
        for (const { pid, name } of rows) {
          const deleted = await transaction
            .deleteFrom('context_conversations')
            .where('pid', '=', pid)
            .where('name', '=', name)
            .where('changed_at', '<=', this.#endedBefore)
            .returning('head')
            .execute();
          heads.push(...deleted.map(({ head }) => head));
          if (deleted.length > 0) await forgetMoves(transaction, pid, name);
        }
        await loosen(transaction, heads);
        await addUsage(transaction, owner, -heads.length * rowBytes);
        return heads.length;
      });
      const swept = this.#of(owner.tenant);
      swept.conversations += count;
      swept.bytes += count * rowBytes;
    }
    return found.length > 0;
  }

  get #endedBefore(): number {
    return this.#now - this.#policy.ended_ttl_ms;
  }

  async #outdatedCheckpoints(): Promise<(Owner & { id: number })[]> {
    const { checkpoint_ttl_ms, keep_checkpoints } = this.#policy;
    const { rows } = await sql<Owner & { id: number }>`
      select id, tenant, "user" from (
        select c.id, c.tenant, c."user", c.created_at, p.ended_at,
          row_number() over (partition by c.pid order by c.id desc) as newness
        from context_checkpoints c left join processes p on p.pid = c.pid where c.label is null) as ranked
      where newness > ${keep_checkpoints} or created_at <= ${this.#now - checkpoint_ttl_ms}
        or (ended_at <= ${this.#endedBefore} and created_at <= ${this.#endedBefore})
      limit ${batchSize}`.execute(this.#database.reader);
    return rows;
  }

  async #oldestCheckpoints({ tenant, user }: Owner): Promise<(Owner & { id: number })[]> {
    return await this.#database.reader
      .selectFrom('context_checkpoints')
      .select(['id', 'tenant', 'user'])
      .where('tenant', '=', tenant)
      .where('user', '=', user)
      .where('label', 'is', null)
      .orderBy('created_at')
      .orderBy('id')
      .limit(1)
      .execute();
  }

  async #endedConversations(): Promise<(Owner & { pid: number; name: string })[]> {
    return await this.#database.reader
      .selectFrom('context_conversations')
      .innerJoin('processes', 'processes.pid', 'context_conversations.pid')
      .select(['context_conversations.pid', 'name', 'context_conversations.tenant', 'user'])
      .where('processes.ended_at', '<=', this.#endedBefore)
      .where('changed_at', '<=', this.#endedBefore)
      .limit(batchSize)
      .execute();
  }

  async #beyondTheirBytes(): Promise<Owner[]> {
    return await this.#database.reader
      .selectFrom('context_usage')
      .select(['tenant', 'user'])
      .where('stored_bytes', '>', this.#policy.max_stored_bytes)
      .execute();
  }

  #of(tenant: string): Swept {
    const key = tenantId.parse(tenant);
    const swept = this.swept.get(key) ?? { checkpoints: 0, conversations: 0, messages: 0, bytes: 0 };
    this.swept.set(key, swept);
    return swept;
  }
}

function byOwner<Row extends Owner>(rows: readonly Row[]): [Owner, Row[]][] {
  const groups = Map.groupBy(rows, ({ tenant, user }) => JSON.stringify([tenant, user]));
  return [...groups.values()].flatMap((group): [Owner, Row[]][] => {
    const [first] = group;
    return first === undefined ? [] : [[{ tenant: first.tenant, user: first.user }, group]];
  });
}
