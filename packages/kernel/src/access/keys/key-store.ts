import { jsonObject, permission, pid, tenantId, userId } from '@aios/protocol';
import type { Selectable, Transaction } from 'kysely';
import { z } from 'zod';
import type { Database, Tables } from '../../database/index.ts';
import { createPolicy } from '../policy.ts';
import { createKey, type Key } from './key.ts';

const layers = z.array(z.array(permission)).min(1);
const amount = z.number().positive().optional();
const budget = z.object({ tokens: amount, usd: amount, calls: amount });
const aliases = z.record(z.string(), z.string());

/** The rows of keys. */
export class KeyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async all(): Promise<Key[]> {
    const rows = await this.#database.reader.selectFrom('keys').selectAll().execute();
    return rows.map(keyOf);
  }

  async insert(transaction: Transaction<Tables>, key: Key): Promise<void> {
    await transaction
      .insertInto('keys')
      .values({
        id: key.id,
        tenant: key.tenant,
        user: key.user,
        name: key.name,
        secret_hash: key.hash.toString('hex'),
        policy: JSON.stringify(key.policy.layers),
        pid: key.pid ?? null,
        budget: key.budget === undefined ? null : JSON.stringify(key.budget),
        aliases: JSON.stringify(key.aliases),
        created_at: key.createdAt,
        expires_at: key.expiresAt ?? null,
        revoked_at: null,
      })
      .execute();
  }

  async revoke(transaction: Transaction<Tables>, id: string, at: number): Promise<void> {
    await transaction.updateTable('keys').set({ revoked_at: at }).where('id', '=', id).execute();
  }
}

function keyOf(row: Selectable<Tables['keys']>): Key {
  return createKey({
    id: row.id,
    name: row.name,
    tenant: tenantId.parse(row.tenant),
    user: userId.parse(row.user),
    hash: Buffer.from(row.secret_hash, 'hex'),
    policy: createPolicy(layers.parse(JSON.parse(row.policy))),
    pid: row.pid === null ? undefined : pid.parse(row.pid),
    budget: row.budget === null ? undefined : budget.parse(jsonObject.parse(JSON.parse(row.budget))),
    aliases: row.aliases === null ? {} : aliases.parse(JSON.parse(row.aliases)),
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
  });
}
