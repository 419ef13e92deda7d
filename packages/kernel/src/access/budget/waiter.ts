import type { SyscallName } from '@aios/protocol';
import type { Caller, PreparedCall, Reservation } from '../../syscall/index.ts';

/** A call that waits for room in a budget. */
export interface Waiter {
  readonly caller: Caller;
  readonly prepared: PreparedCall<SyscallName>;
  /** The caller’s. */
  readonly signal: AbortSignal;
  readonly resolve: (reservation: Reservation | Promise<Reservation>) => void;
  readonly reject: (error: unknown) => void;
  /** Undoes what comes with waiting: timers, listeners, the state that the process is shown in. */
  readonly leave: () => void;
}
