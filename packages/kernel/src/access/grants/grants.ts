// What persons decided that agents may do: kept for a user and an agent, for good or as long as a process lives. All of it is in
// memory, so that a check waits for nothing. A decision answers a question; it never allows what the policy does not.

import { type GrantDescription, type Permission, permission, pid, userId } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import type { AccessRequest, Caller, Policy } from '../../syscall/index.ts';
import { createPolicy } from '../policy.ts';
import { type GrantRow, GrantStore } from './grant-store.ts';

/** Whose decision it is, and about whom. */
interface GrantHolder {
  readonly tenant: string;
  readonly user: string;
  readonly agent: string;
}

/** Decisions that hold for good have no process. */
const always = 0;
const everything = permission.parse('*');

/** Trees of processes whose decisions are kept ready. */
const maxCompiled = 1000;

interface Compiled {
  readonly allows: Policy;
  readonly allowsIrreversible: Policy;
  readonly forbids: Policy;
}

export class Grants {
  readonly #store: GrantStore;
  /** By tenant, user and agent. */
  readonly #rows = new Map<string, GrantRow[]>();
  readonly #compiled = new Map<string, Compiled>();

  private constructor(store: GrantStore, rows: readonly GrantRow[]) {
    this.#store = store;
    for (const row of rows) this.#take(row);
  }

  static async open(database: Database): Promise<Grants> {
    const store = new GrantStore(database);
    return new Grants(store, await store.all());
  }

  /** What was decided about a call of a process that a person would have to be asked about; nothing where nobody has. */
  decisionOf(
    { tenant, user, process }: Caller,
    request: AccessRequest,
    isIrreversible: boolean,
  ): 'allow' | 'deny' | undefined {
    if (process === undefined) return undefined;
    const holder = { tenant, user, agent: process.agent };
    if (!this.#rows.has(keyOf(holder))) return undefined;
    const { allows, allowsIrreversible, forbids } = this.#compile(holder, process.root?.pid ?? process.pid);
    if (forbids.judge(request).kind !== 'allow') return 'deny';
    return (isIrreversible ? allowsIrreversible : allows).judge(request).kind === 'allow'
      ? 'allow'
      : undefined;
  }

  /**
   * What an agent’s manifest asks for, as the user decided about it: what was denied is prohibited, and with `ask` what
   * was not decided has somebody asked.
   */
  layerOf(holder: GrantHolder, declared: readonly Permission[], ask: boolean): readonly Permission[] {
    const decided = this.list(holder).filter((row) => row.pid === always);
    const denied = decided
      .filter(({ decision }) => decision === 'deny')
      .map((row) => signed('!', row.permission));
    const allowed = new Set(
      decided.filter(({ decision }) => decision === 'allow').map((row) => row.permission),
    );
    const open = (text: Permission) => ask && !isSigned(text) && !allowed.has(text);
    if (denied.length === 0 && !declared.some(open)) return declared;
    return [...declared.map((text) => (open(text) ? signed('?', text) : text)), ...denied];
  }

  list({
    tenant,
    user,
    agent,
  }: Omit<GrantHolder, 'agent'> & { readonly agent?: string | undefined }): GrantRow[] {
    const rows =
      agent === undefined ? [...this.#rows.values()].flat() : this.#rows.get(keyOf({ tenant, user, agent }));
    return (rows ?? []).filter((row) => row.tenant === tenant && row.owner === user);
  }

  /** Puts decisions on record; `take` makes them count once the transaction is on disk. */
  async put(transaction: Transaction<Tables>, rows: readonly GrantRow[]): Promise<void> {
    await this.#store.put(transaction, rows);
  }

  take(rows: readonly GrantRow[]): void {
    for (const row of rows) this.#take(row);
  }

  async remove(transaction: Transaction<Tables>, rows: readonly GrantRow[]): Promise<void> {
    await this.#store.remove(transaction, rows);
  }

  drop(rows: readonly GrantRow[]): void {
    const gone = new Set(rows);
    for (const [key, known] of this.#rows)
      this.#replace(
        key,
        known.filter((row) => !gone.has(row)),
      );
  }

  /** Forgets what was decided for the time of a process, which has ended. */
  async removeOf(transaction: Transaction<Tables>, ended: number): Promise<void> {
    const rows = [...this.#rows.values()].flat().filter((row) => row.pid === ended);
    if (rows.length === 0) return;
    await this.#store.removeOf(transaction, ended);
    this.drop(rows);
  }

  #take(row: GrantRow): void {
    const key = keyOf({ tenant: row.tenant, user: row.owner, agent: row.agent });
    const others = (this.#rows.get(key) ?? []).filter(
      (known) => known.pid !== row.pid || known.permission !== row.permission,
    );
    this.#replace(key, [...others, row]);
  }

  #replace(key: string, rows: GrantRow[]): void {
    if (rows.length === 0) this.#rows.delete(key);
    else this.#rows.set(key, rows);
    for (const compiled of this.#compiled.keys())
      if (compiled.startsWith(`${key}\n`)) this.#compiled.delete(compiled);
  }

  #compile(holder: GrantHolder, root: number): Compiled {
    const key = `${keyOf(holder)}\n${root}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const rows = this.list(holder).filter((row) => row.pid === always || row.pid === root);
    const allowed = rows.filter(({ decision }) => decision === 'allow');
    const denied = rows.filter(({ decision }) => decision === 'deny');
    const textsOf = (some: readonly GrantRow[]) => some.map((row) => permission.parse(row.permission));
    const compiled = {
      allows: createPolicy([textsOf(allowed)]),
      allowsIrreversible: createPolicy([textsOf(allowed.filter(({ irreversible }) => irreversible === 1))]),
      forbids: createPolicy([[everything, ...textsOf(denied).map((text) => signed('!', text))]]),
    };
    if (this.#compiled.size >= maxCompiled) this.#compiled.clear();
    this.#compiled.set(key, compiled);
    return compiled;
  }
}

/** Begins with `!` or `?`. */
export function isSigned(text: string): boolean {
  return text.startsWith('!') || text.startsWith('?');
}

function signed(sign: '!' | '?', text: string): Permission {
  return permission.parse(`${sign}${text}`);
}

function keyOf({ tenant, user, agent }: GrantHolder): string {
  return JSON.stringify([tenant, user, agent]);
}

export function describeGrant(row: GrantRow): GrantDescription {
  return {
    user: userId.parse(row.owner),
    agent: row.agent,
    permission: permission.parse(row.permission),
    decision: row.decision === 'allow' ? 'allow' : 'deny',
    irreversible: row.irreversible === 1,
    ...(row.pid !== always && { pid: pid.parse(row.pid) }),
    decidedAt: new Date(row.decided_at).toISOString(),
  };
}
