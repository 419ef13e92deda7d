// What the path knows of approvals: when to ask, and how a yes is used up with the change that it is for.

import { type Permission, type SyscallName, syscalls } from '@aios/protocol';
import type { Call } from './call.ts';
import type { AccessRequest, Caller } from './caller.ts';
import type { CommitTransaction } from './commit.ts';
import type { AskedCall, Objection, PathPorts, Permit } from './ports.ts';
import { accessRequest } from './validation.ts';

interface Asking {
  readonly name: SyscallName;
  readonly caller: Caller;
  readonly input: Record<string, unknown>;
  readonly asked: readonly Permission[];
  readonly objection: Objection | undefined;
  readonly signal: AbortSignal;
}

interface Handler {
  irreversible?(input: unknown, caller: Caller): string | undefined | Promise<string | undefined>;
}

/** Asks a person about a call, where that is to be done. */
export function approve(
  ports: PathPorts,
  call: Call,
  handler: Handler,
  { name, caller, input, asked, objection, signal }: Asking,
): Promise<Permit | undefined> | undefined {
  const irreversible = whyIrreversible(name, handler, input, caller);
  const isPlain = irreversible === undefined || caller.process === undefined;
  if (asked.length === 0 && objection === undefined && isPlain) return undefined;
  const { place, meanwhile = (wait) => wait() } = call.request;
  const request = accessRequest(name, input);
  const about = { call: call.id, caller, request, input, asked, irreversible, objection };
  return ports.approve({ ...about, place, signal, meanwhile });
}

/** What tells whether a call cannot be undone; nothing where each such call can. */
function whyIrreversible(
  name: SyscallName,
  handler: Handler,
  input: Record<string, unknown>,
  caller: Caller,
): AskedCall['irreversible'] {
  if (syscalls[name].irreversible) return () => 'it cannot be undone';
  return handler.irreversible && (() => handler.irreversible?.(input, caller));
}

/** Checks what a call asks for while it runs, which may have a person asked. Its handler may go on without it. */
export async function authoriseInside(
  ports: PathPorts,
  call: Call,
  { caller, signal, meanwhile }: Pick<AskedCall, 'caller' | 'signal' | 'meanwhile'>,
  request: AccessRequest,
): Promise<void> {
  try {
    const asked = ports.authorise(caller, request);
    if (asked.length === 0) return;
    const { place: of } = call.request;
    const what = `${request.action}:${request.target}`;
    const place = of && { sequence: of.sequence, nested: `${of.nested}?${what}` };
    const about = { call: call.id, caller, request, input: { target: request.target }, asked };
    const permit = await ports.approve({ ...about, place, signal, meanwhile });
    if (permit !== undefined) {
      await ports.journal.commit(caller.process, (transaction) => permit.use(transaction));
    }
  } catch (error) {
    call.trail?.denied(request.action, request.target);
    throw error;
  }
}

/** The change with a permit used up before it, in the same transaction. */
export function usingFirst<Output>(
  permit: Permit | undefined,
  job: (transaction: CommitTransaction) => Promise<Output>,
): (transaction: CommitTransaction) => Promise<Output> {
  if (permit === undefined) return job;
  return async (transaction) => {
    await permit.use(transaction);
    return await job(transaction);
  };
}
