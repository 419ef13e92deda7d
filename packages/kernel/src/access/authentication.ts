import { createHash, timingSafeEqual } from 'node:crypto';
import { AiosError, permission, tenantId, userId } from '@aios/protocol';
import type { Caller } from '../syscall/index.ts';
import { createPolicy } from './policy.ts';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** The tenant of a personal installation. */
const defaultTenant = tenantId.parse('default');

/** Tells who holds a token. */
export interface Authentication {
  /** Throws `unauthenticated` for a missing or wrong token. Takes the same time for every wrong one. */
  authenticate(token: string | undefined): Caller;
}

/** The one principal of a personal installation: whoever can read the token file is its operator and may do everything. */
export function createAuthentication(token: string): Authentication {
  const expected = digest(token);
  const operator: Caller = {
    tenant: defaultTenant,
    user: userId.parse('operator'),
    policy: createPolicy([[permission.parse('*')]]),
  };
  return {
    authenticate(given) {
      if (given !== undefined && timingSafeEqual(digest(given), expected)) return operator;
      const problem =
        given === undefined ? 'No token came with the call' : 'The token is not that of this kernel';
      throw new AiosError(
        'unauthenticated',
        `${problem}. Send "Authorization: Bearer TOKEN" with the token in the file "credentials" of the kernel’s home (~/.aios unless AIOS_HOME says otherwise).`,
      );
    },
  };
}
