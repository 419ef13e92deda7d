// What the path knows of approvals: when to ask, and how a yes is used up with the change that it is for.

import { type Permission, type SyscallName, syscalls } from '@aios/protocol';
import type { Caller } from './caller.ts';
import type { CommitTransaction } from './commit.ts';
import type { AskedCall } from './ports.ts';
import type { PlaceInProcess } from './request.ts';

export interface Asking {
  readonly name: SyscallName;
  readonly caller: Caller;
  readonly input: Record<string, unknown>;
  readonly asked: readonly Permission[];
  readonly signal: AbortSignal;
}

interface Handler {
  irreversible?(input: unknown, caller: Caller): string | undefined | Promise<string | undefined>;
}

/** What tells whether a call cannot be undone; nothing where each such call can. */
export function whyIrreversible(
  name: SyscallName,
  handler: Handler,
  input: Record<string, unknown>,
  caller: Caller,
): AskedCall['irreversible'] {
  if (syscalls[name].irreversible) return () => 'it cannot be undone';
  return handler.irreversible && (() => handler.irreversible?.(input, caller));
}

/** Where something stands that a call asks for while it runs. */
export function placeOf(call: PlaceInProcess | undefined, what: string): PlaceInProcess | undefined {
  return call && { sequence: call.sequence, nested: `${call.nested}?${what}` };
}

/** The change with a permit used up before it, in the same transaction. */
export function usingFirst<Output>(
  use: (transaction: CommitTransaction) => Promise<void>,
  job: (transaction: CommitTransaction) => Promise<Output>,
): (transaction: CommitTransaction) => Promise<Output> {
  return async (transaction) => {
    await use(transaction);
    return await job(transaction);
  };
}
