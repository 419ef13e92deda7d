// The keys of programs outside the kernel. All of them are in memory, so that a check waits for nothing and costs the same
// whatever was shown: one hash and one comparison.

import { timingSafeEqual } from 'node:crypto';
import { AiosError, type SyscallInput, type SyscallOutput, type TenantId } from '@aios/protocol';
import type { Database } from '../../database/index.ts';
import type { Caller, Commit } from '../../syscall/index.ts';
import { createKey, describeKey, isGood, type Key } from './key.ts';
import { KeyStore } from './key-store.ts';
import { planKey } from './plan-key.ts';
import { createToken, hashToken, idIn } from './token.ts';

/** Compared with where no key has the id, so that this takes as long. */
const nobody = Buffer.alloc(32);

export class Keys {
  readonly #store: KeyStore;
  readonly #byId: Map<string, Key>;

  private constructor(store: KeyStore, keys: readonly Key[]) {
    this.#store = store;
    this.#byId = new Map(keys.map((key) => [key.id, key]));
  }

  static async open(database: Database): Promise<Keys> {
    const store = new KeyStore(database);
    return new Keys(store, await store.all());
  }

  /** The key of a token, good or not any more; `hash` is that of the token. Undefined for a token of no key. */
  find(token: string, hash: Buffer): Key | undefined {
    const id = idIn(token);
    const key = id === undefined ? undefined : this.#byId.get(id);
    return timingSafeEqual(hash, key?.hash ?? nobody) ? key : undefined;
  }

  /** Makes a key; it is on disk and good when this resolves. Nobody can have the token a second time. */
  async create(
    caller: Caller,
    request: SyscallInput<'key.create'>,
    commit: Commit<SyscallOutput<'key.create'>>,
  ): Promise<{ token: string; key: Key }> {
    const owner = caller.key && this.#byId.get(caller.key.id);
    const { id, token } = createToken();
    const key = createKey({ ...planKey(caller, owner, request, Date.now()), id, hash: hashToken(token) });
    await commit(async (transaction) => {
      await this.#store.insert(transaction, key);
      return { token, key: describeKey(key) };
    });
    this.#byId.set(id, key);
    return { token, key };
  }

  /** Newest first. */
  list(tenant: TenantId, all: boolean): Key[] {
    const now = Date.now();
    return [...this.#byId.values()]
      .filter((key) => key.tenant === tenant && (all || isGood(key, now)))
      .sort((left, right) => right.createdAt - left.createdAt);
  }

  /** The key is of no use from here on, also to those who hold a line opened with it. Throws `not_found`. */
  async revoke(tenant: TenantId, id: string, commit: Commit<SyscallOutput<'key.revoke'>>): Promise<Key> {
    const key = this.#byId.get(id);
    if (key === undefined || key.tenant !== tenant) {
      throw new AiosError('not_found', `There is no key "${id}" here. "aios key list --all" lists them.`);
    }
    const before = key.revokedAt;
    const at = before ?? Date.now();
    key.revokedAt = at;
    try {
      await commit(async (transaction) => {
        await this.#store.revoke(transaction, id, at);
        return describeKey(key);
      });
    } catch (error) {
      key.revokedAt = before;
      throw error;
    }
    return key;
  }
}
