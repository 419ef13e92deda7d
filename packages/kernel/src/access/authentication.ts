import { timingSafeEqual } from 'node:crypto';
import { AiosError, permission, tenantId, userId } from '@aios/protocol';
import type { Caller } from '../syscall/index.ts';
import { type AnswerTarget, type AnswerTokens, createAnswerTokens } from './answer-tokens.ts';
import { hashToken, isGood, type Key, type Keys } from './keys/index.ts';
import { createPolicy } from './policy.ts';

/** The tenant of a personal installation. */
const defaultTenant = tenantId.parse('default');

/** Longer ones are no tokens; they are not hashed, so that a flood of them costs nothing. */
const maxTokenLength = 1024;

/** Tokens whose holders are remembered. */
const maxRemembered = 1000;

/** Who holds a token; the same object each time. */
export interface Principal {
  readonly caller: Caller;
  /** Absent for the operator. */
  readonly key?: Key;
  /** Throws `unauthenticated` once the token is revoked or expired; to be asked before each call. */
  check(): void;
}

/** Tells who holds a token. */
export interface Authentication {
  /** Throws `unauthenticated` for a missing or wrong token. Waits for nothing and costs the same for every wrong one. */
  authenticate(token: string | undefined): Principal;
}

/** Whoever can read the token file is the operator and may do everything; the others hold keys. */
export function createAuthentication(
  token: string,
  keys: Pick<Keys, 'find'>,
  answers: Pick<AnswerTokens, 'read'> = createAnswerTokens(token),
): Authentication {
  const expected = hashToken(token);
  const operator: Principal = {
    caller: {
      tenant: defaultTenant,
      user: userId.parse('operator'),
      policy: createPolicy([[permission.parse('*')]]),
    },
    check: () => undefined,
  };
  /** One object for a key’s whole life, so that what belongs to it can be kept with it. */
  const principals = new WeakMap<Key, Principal>();
  const principalOf = (key: Key): Principal => {
    const known = principals.get(key);
    if (known !== undefined) return known;
    const made = { caller: key.caller, key, check: () => checkKey(key) };
    principals.set(key, made);
    return made;
  };
  const holderOf = (given: string): Principal => {
    const answer = answers.read(given);
    if (answer !== undefined) return answerer(answer);
    const hash = hashToken(given);
    const isOperator = timingSafeEqual(hash, expected);
    const key = keys.find(given, hash);
    if (isOperator) return operator;
    if (key === undefined) throw refusal('The token is not one of this kernel');
    return principalOf(key);
  };
  /** Of tokens that were right: what a token opens never changes, but that its key ends, which `check` sees. */
  const remembered = new Map<string, Principal>();
  return {
    authenticate(given) {
      if (given === undefined) throw refusal('No token came with the call');
      if (given.length > maxTokenLength) throw refusal('The token is not one of this kernel');
      const known = remembered.get(given);
      const principal = known ?? holderOf(given);
      principal.check();
      if (known === undefined) {
        if (remembered.size >= maxRemembered) remembered.clear();
        remembered.set(given, principal);
      }
      return principal;
    },
  };
}

/** Who was told of a waiting call, and may look at it and answer it. */
function answerer({ approval, tenant }: AnswerTarget): Principal {
  const policy = createPolicy([
    [permission.parse(`approval.read:${approval}`), permission.parse(`approval.answer:${approval}`)],
  ]);
  return {
    caller: { tenant: tenantId.parse(tenant), user: userId.parse('webhook'), policy },
    check: () => undefined,
  };
}

function checkKey(key: Key): void {
  if (isGood(key, Date.now())) return;
  const problem = key.revokedAt === undefined ? 'has expired' : 'was revoked';
  throw refusal(`The key "${key.name}" (${key.id}) ${problem}`);
}

function refusal(problem: string): AiosError {
  return new AiosError(
    'unauthenticated',
    `${problem}. Send "Authorization: Bearer TOKEN" with a key that "aios key create" made, or the token in the file "credentials" of the kernel’s home (~/.aios unless AIOS_HOME says otherwise).`,
  );
}
