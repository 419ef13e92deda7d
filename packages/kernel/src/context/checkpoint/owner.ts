import { AiosError, type Pid, type ProcessDescription } from '@aios/protocol';
import type { Caller } from '../../syscall/index.ts';

/** Whose messages: a user shares his with nobody. */
export interface Owner {
  readonly tenant: string;
  readonly user: string;
}

/** Whose conversation: that of a process. */
export interface Holder extends Owner {
  readonly pid: Pid;
}

/** A process whose conversations are meant, and what else is known of it. */
export interface Subject extends Holder {
  readonly agent: string;
}

/** Describes a process; throws `not_found` for one that the caller may not see. */
export type FindProcess = (caller: Caller, pid: Pid) => Promise<ProcessDescription>;

/**
 * The process whose conversations a call is about: the calling one, or one that the caller may see and that runs for the
 * same user. Throws `not_found` for any other.
 */
export async function subjectOf(
  caller: Caller,
  pid: Pid | undefined,
  findProcess: FindProcess,
): Promise<Subject> {
  const { tenant, user, process } = caller;
  if (process !== undefined && (pid === undefined || pid === process.pid)) {
    return { tenant, user, pid: process.pid, agent: process.agent };
  }
  if (pid === undefined) {
    throw new AiosError(
      'invalid_argument',
      'Only a process has conversations of its own. Name one with `pid`; "aios ps --all" lists them.',
    );
  }
  const { agent, owner } = await findProcess(caller, pid);
  if (owner !== user) {
    throw new AiosError(
      'not_found',
      `Process ${pid} runs for another user, who alone sees its conversations.`,
    );
  }
  return { tenant, user, pid, agent };
}
