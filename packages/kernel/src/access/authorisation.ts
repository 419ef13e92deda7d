import { AiosError } from '@aios/protocol';
import type { Caller } from '../syscall/index.ts';

/** Throws `permission_denied`, naming the grant that is missing, unless the caller’s policy allows the action. */
export function authorise(caller: Caller, action: string, target: string | undefined): void {
  if (caller.policy.allows(action, target)) return;
  const grant = target === undefined ? action : `${action}:${target}`;
  const who = caller.process
    ? `Agent "${caller.process.agent}" (process ${caller.process.pid})`
    : `User "${caller.user}"`;
  throw new AiosError(
    'permission_denied',
    `${who} was not granted "${grant}". Add it to the agent’s permissions, and to those given at spawn, if it should be allowed.`,
    { details: { action, ...(target !== undefined && { target }) } },
  );
}
