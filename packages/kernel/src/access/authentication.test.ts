import { AiosError, permission, tenantId, userId } from '@aios/protocol';
import { expect, test } from 'vitest';
import { createAuthentication } from './authentication.ts';
import { createKey, type Key } from './keys/key.ts';
import { createToken, hashToken } from './keys/token.ts';
import { createPolicy } from './policy.ts';

const noKeys = { find: () => undefined };

test('the token of the home is the operator, who may do everything', () => {
  const { caller } = createAuthentication('right', noKeys).authenticate('right');
  expect(caller.user).toBe('operator');
  expect(caller.policy.allows('kernel.refresh', undefined)).toBe(true);
});

test.each([undefined, '', 'wrong', 'right ', 'right'.repeat(1000)])(
  '%s is refused, and the token is not in the message',
  (token) => {
    const authentication = createAuthentication('right', noKeys);
    try {
      authentication.authenticate(token);
      expect.unreachable();
    } catch (error) {
      expect(AiosError.isInstance(error) && error.code).toBe('unauthenticated');
      expect(String(error)).toContain('credentials');
    }
  },
);

test('a token that was right is refused once its key is revoked or has expired', () => {
  const { id, token } = createToken();
  const fields = {
    id,
    name: 'mine',
    tenant: tenantId.parse('t'),
    user: userId.parse('u'),
    hash: hashToken(token),
  };
  const policy = createPolicy([[permission.parse('*')]]);
  const rest = { policy, pid: undefined, budget: undefined, aliases: {}, createdAt: 0, revokedAt: undefined };
  for (const end of [(key: Key) => (key.revokedAt = 1), (key: Key) => Object.assign(key, { expiresAt: 1 })]) {
    const key = createKey({ ...fields, ...rest, expiresAt: undefined });
    const authentication = createAuthentication('right', { find: () => key });
    const principal = authentication.authenticate(token);
    expect(authentication.authenticate(token)).toBe(principal);
    end(key);
    expect(() => authentication.authenticate(token)).toThrow(AiosError);
    expect(() => principal.check()).toThrow(AiosError);
  }
});
