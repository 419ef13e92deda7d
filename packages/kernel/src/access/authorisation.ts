import { AiosError } from '@aios/protocol';
import type { AccessRequest, Caller } from '../syscall/index.ts';

/** What the caller would do, for messages: `storage.write:/reports/a.md`. */
export function nameOf({ action, target }: Pick<AccessRequest, 'action' | 'target'>): string {
  return target === undefined ? action : `${action}:${target}`;
}

/** Throws `permission_denied`, naming the grant that is missing, unless the caller’s policy allows the action without asking. */
export function authorise(caller: Caller, request: AccessRequest): void {
  if (caller.policy.judge(request).kind === 'allow') return;
  throw notGranted(caller, request);
}

export function notGranted(caller: Caller, { action, target }: AccessRequest): AiosError {
  return new AiosError(
    'permission_denied',
    `${who(caller)} was not granted "${nameOf({ action, target })}". Add it to the agent’s permissions, and to those given at spawn, if it should be allowed.`,
    { details: { action, ...(target !== undefined && { target }) } },
  );
}

/** `Agent "x" (process 3)`, for messages. */
export function who({ process, user }: Caller): string {
  return process ? `Agent "${process.agent}" (process ${process.pid})` : `User "${user}"`;
}
