import { AiosError } from '@aios/protocol';
import { expect, test } from 'vitest';
import { createAuthentication } from './authentication.ts';

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
