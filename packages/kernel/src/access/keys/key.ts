import type { Budget, KeyDescription, Pid, TenantId, UserId } from '@aios/protocol';
import type { Caller, Policy } from '../../syscall/index.ts';

/** A key as the kernel holds it. The secret is nowhere; `hash` is the SHA-256 of the whole token. */
export interface Key {
  readonly id: string;
  readonly name: string;
  readonly tenant: TenantId;
  readonly user: UserId;
  readonly hash: Buffer;
  readonly policy: Policy;
  readonly pid: Pid | undefined;
  readonly budget: Budget | undefined;
  readonly aliases: Readonly<Record<string, string>>;
  /** Milliseconds since 1970, as are the others. */
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  revokedAt: number | undefined;
  /** Who calls with it; one object for the key’s whole life. */
  readonly caller: Caller;
}

export function createKey(fields: Omit<Key, 'caller'>): Key {
  const { id, tenant, user, policy, aliases, budget } = fields;
  const budgets = budget && [{ scope: 'key' as const, name: id, budget }];
  return { ...fields, caller: { tenant, user, policy, key: { id, aliases }, ...(budgets && { budgets }) } };
}

/** Whether it opens the kernel at this time. */
export function isGood({ revokedAt, expiresAt }: Key, now: number): boolean {
  return revokedAt === undefined && (expiresAt === undefined || now < expiresAt);
}

export function describeKey(key: Key): KeyDescription {
  const { id, name, tenant, user, policy, pid, budget, aliases, createdAt, expiresAt, revokedAt } = key;
  return {
    id,
    name,
    tenant,
    user,
    permissions: policy.layers.map((layer) => [...layer]),
    ...(pid !== undefined && { pid }),
    ...(budget !== undefined && { budget }),
    ...(Object.keys(aliases).length > 0 && { aliases }),
    createdAt: isoDate(createdAt),
    ...(expiresAt !== undefined && { expiresAt: isoDate(expiresAt) }),
    ...(revokedAt !== undefined && { revokedAt: isoDate(revokedAt) }),
  };
}

function isoDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
