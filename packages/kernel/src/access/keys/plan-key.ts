import { AiosError, defaultKeyPermissions, permission, type SyscallInput } from '@aios/protocol';
import type { Caller } from '../../syscall/index.ts';
import { narrowPolicy } from '../policy.ts';
import type { Key } from './key.ts';

const usual = defaultKeyPermissions.map((text) => permission.parse(text));

/**
 * What a key is to be: no more than its maker may do. `owner` is the key that the maker calls with. A key that a process makes
 * is bound to it, and a key made with another lives no longer and is bound as that one is, so that neither gets out of its
 * budget. Throws `permission_denied`.
 */
export function planKey(
  caller: Caller,
  owner: Key | undefined,
  request: SyscallInput<'key.create'>,
  now: number,
): Omit<Key, 'id' | 'hash' | 'caller'> {
  const { name, permissions = usual, budget, aliases = {}, expiresInMs } = request;
  if (owner?.budget !== undefined) {
    throw new AiosError(
      'permission_denied',
      'A key with a budget makes no keys, for these would spend beyond it. Make the key with the operator’s token.',
    );
  }
  const wanted = expiresInMs === undefined ? undefined : now + expiresInMs;
  return {
    name,
    ...ownerOf(caller, request),
    policy: narrowPolicy(caller.policy, permissions),
    pid: request.pid ?? caller.process?.pid,
    budget,
    aliases,
    createdAt: now,
    expiresAt: earlier(wanted, owner?.expiresAt),
    revokedAt: undefined,
  };
}

function ownerOf(caller: Caller, { tenant = caller.tenant, user = caller.user }: SyscallInput<'key.create'>) {
  const isOwn = tenant === caller.tenant && user === caller.user;
  if (!isOwn && !caller.policy.allows('key.assign', `${tenant}/${user}`)) {
    throw new AiosError(
      'permission_denied',
      `A key for user "${user}" of tenant "${tenant}" needs the permission "key.assign:${tenant}/${user}".`,
    );
  }
  return { tenant, user };
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
