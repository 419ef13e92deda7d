import { AiosError, type Pid } from '@aios/protocol';
import { joinPolicies, type Principal } from './access/index.ts';
import type { ProcessTable } from './process/index.ts';
import type { Caller } from './syscall/index.ts';

/** Who makes the calls of a session. */
export interface SessionIdentity {
  readonly caller: Caller;
  /** To be asked before each call: throws once the key is of no use any more or the process has ended. */
  identify(): Caller;
  /** Throws once the key is of no use any more. */
  checkKey(): void;
  /** Any of them ends the calls of the session. */
  readonly signals: readonly AbortSignal[];
}

/** Of those who call as themselves: the same for as long as their token is the same. */
const own = new WeakMap<Principal, SessionIdentity>();

/** Callers as a process, by the caller that the process is and then by the one that holds the token: both live long. */
const joined = new WeakMap<Caller, WeakMap<Caller, Caller>>();

/**
 * The holder of a token, or the process that its calls are made as: the one that is asked for, else the one that its key is
 * bound to. The process’s policy and that of the token both hold. Throws `not_found` for a process that does not live and
 * `permission_denied` for one that the token is not allowed.
 */
export function sessionIdentity(
  principal: Principal,
  asked: Pid | undefined,
  processes: ProcessTable,
): SessionIdentity {
  const pid = asked ?? principal.key?.pid;
  if (pid === undefined) return ownIdentity(principal);
  const checkKey = () => principal.check();
  checkProcess(principal, pid, processes);
  const process = processes.find(pid);
  if (process === undefined) throw notAlive(pid);
  const caller = join(process.identify(), principal.caller);
  return {
    caller,
    identify: () => {
      principal.check();
      process.identify();
      return caller;
    },
    checkKey,
    signals: [process.signal],
  };
}

function ownIdentity(principal: Principal): SessionIdentity {
  const known = own.get(principal);
  if (known !== undefined) return known;
  const { caller } = principal;
  const identify = () => {
    principal.check();
    return caller;
  };
  const made = { caller, identify, checkKey: () => principal.check(), signals: [] };
  own.set(principal, made);
  return made;
}

/** Throws unless the holder of the token may have calls made as the process. */
function checkProcess({ caller, key }: Principal, pid: Pid, processes: ProcessTable): void {
  const process = processes.find(pid);
  const { tenant, user } = process?.options.principal ?? {};
  if (process === undefined || tenant !== caller.tenant) throw notAlive(pid);
  const isAllowed =
    key?.pid === undefined
      ? key === undefined || user === caller.user
      : processes.view.isWithin(pid, key.pid);
  if (isAllowed) return;
  throw new AiosError(
    'permission_denied',
    `This key may not make calls as process ${pid}. Use a key of the user for whom it runs, or one bound to it.`,
    { details: { pid } },
  );
}

/** Throws unless the caller may bind a key to the process: a user its own, the operator any, a process its descendants. */
export function checkOwner(caller: Caller, pid: Pid, processes: ProcessTable): void {
  const process = processes.view.findLiving(caller, pid);
  if (process === undefined) throw notAlive(pid);
  if (process.options.principal.user === caller.user || caller.key === undefined) return;
  throw new AiosError('permission_denied', `Process ${pid} runs for another user.`, { details: { pid } });
}

function join(process: Caller, holder: Caller): Caller {
  const ofProcess = joined.get(process) ?? new WeakMap<Caller, Caller>();
  joined.set(process, ofProcess);
  const known = ofProcess.get(holder);
  if (known !== undefined) return known;
  const policy = joinPolicies(process.policy, holder.policy);
  const budgets = [...(process.budgets ?? []), ...(holder.budgets ?? [])];
  const made: Caller = {
    ...process,
    policy,
    ...(holder.key && { key: holder.key }),
    ...(budgets.length > 0 && { budgets }),
  };
  ofProcess.set(holder, made);
  return made;
}

function notAlive(pid: Pid): AiosError {
  return new AiosError(
    'not_found',
    `No process ${pid} runs here, so no call can be made as it. "aios ps" lists those that run.`,
    { details: { pid } },
  );
}
