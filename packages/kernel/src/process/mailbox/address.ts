import { AiosError, type Pid, pid as pidSchema, type UserId } from '@aios/protocol';
import type { Caller } from '../../syscall/index.ts';

/** The name of a mailbox within its tenant. */
export type Mailbox = string;

export const mailboxOf = {
  agent: (name: string): Mailbox => `agent ${name}`,
  process: (pid: Pid): Mailbox => `process ${pid}`,
  user: (name: UserId): Mailbox => `user ${name}`,
};

/** The mailboxes whose mail the caller receives: its own and that of its agent’s name, or that of the person. */
export function mailboxesOf({ pid, agent, user }: { pid?: Pid; agent?: string; user: UserId }): Mailbox[] {
  if (pid === undefined || agent === undefined) return [mailboxOf.user(user)];
  return [mailboxOf.process(pid), mailboxOf.agent(agent)];
}

/** Where replies to the caller go: to the very process, whose mail goes on to its agent’s name once it has ended. */
export function replyAddress({ process, user }: Caller): Mailbox {
  return process === undefined ? mailboxOf.user(user) : mailboxOf.process(process.pid);
}

export interface Neighbours {
  /** The living parent, or who adopted the process. */
  parentOf(pid: Pid): Pid | undefined;
  /** Whether a process of this tenant is alive. */
  isAlive(pid: Pid, tenant: string): boolean;
}

/** The mailbox that `to` names for the caller. Throws `not_found` or `failed_precondition` where there is none. */
export function resolveAddress(to: string, caller: Caller, neighbours: Neighbours): Mailbox {
  if (to === 'user') return mailboxOf.user(caller.user);
  if (to === 'parent') {
    const parent = caller.process && neighbours.parentOf(caller.process.pid);
    // What has no parent belongs to the person for whom it runs.
    return parent === undefined ? mailboxOf.user(caller.user) : mailboxOf.process(parent);
  }
  if (!/^\d+$/.test(to)) return mailboxOf.agent(to);
  const pid = pidSchema.parse(Number(to));
  if (neighbours.isAlive(pid, caller.tenant)) return mailboxOf.process(pid);
  throw new AiosError(
    'not_found',
    `No process ${pid} is alive here. Send to the name of its agent instead: that mail waits until one runs.`,
  );
}
