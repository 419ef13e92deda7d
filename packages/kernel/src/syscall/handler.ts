import type {
  Effect,
  SyscallChunk,
  SyscallInput,
  SyscallName,
  SyscallOutput,
  SyscallRequest,
  Usage,
} from '@aios/protocol';
import type { Caller } from './caller.ts';
import type { Commit } from './commit.ts';
import type { Cost, ProbeAnswer } from './ports.ts';
import type { PlaceInProcess } from './request.ts';

/** What a handler may use while it executes a call. */
export interface SyscallContext<Name extends SyscallName = SyscallName> {
  /** Number of the call, unique within this run of the kernel. */
  readonly call: string;
  readonly caller: Caller;
  /** Where the call stands among those of its process; absent for callers that are not processes. */
  readonly place?: PlaceInProcess | undefined;
  /** Fires when the caller cancels, its process is killed, the deadline passes or the kernel closes. */
  readonly signal: AbortSignal;
  /** Sends a partial result; absent when the caller did not ask for a stream. */
  readonly emit?: (chunk: SyscallChunk<Name>) => void;
  /** Makes another system call for the same caller, with all steps of the path. */
  invoke<Other extends SyscallName>(name: Other, input: SyscallRequest<Other>): Promise<SyscallOutput<Other>>;
  /**
   * Makes another system call for the same caller as one of the class `batch`, which goes on when this call has ended; the end
   * of the caller’s process or line ends it.
   */
  invokeBehind<Other extends SyscallName>(
    name: Other,
    input: SyscallRequest<Other>,
  ): Promise<SyscallOutput<Other>>;
  /**
   * Gives the call’s slot back and waits for one of another queue, as when a core fails and the next one is tried. Gives the
   * call’s rank among those that run, the lower before the greater, where the queue has an order for them; a promise of it
   * only where the call has to wait.
   */
  moveTo(queue: string): number | undefined | Promise<number | undefined>;
  /** Whether the slot that the call holds may be asked back before the call is done. */
  mayYield(): boolean;
  /** Says what was used since the call got its slot, so that a time slice in output tokens can end. */
  progress(used: Cost): void;
  /**
   * Calls back when the call is to leave its slot to others: it stops what it does, keeps how far it came, moves to its own
   * queue, at whose end it then stands, and goes on.
   */
  onYield(listener: () => void): void;
  /** Says that the call keeps its slot until it is done, and why. */
  runToEnd(reason: string): void;
  /** Throws `permission_denied` unless the caller was granted this too; may wait for a person to say so. */
  authorise(action: string, target: string): Promise<void>;
  /** Where a call of effect `write` makes its change, once; what its job gives is the output of the call. */
  readonly commit: Commit<SyscallOutput<Name>>;
  /**
   * What to tell the outside world to know a repeat of this call by, the same each time that a durable process makes it;
   * absent for calls of others, which are not repeated, and for calls that have no effect outside.
   */
  readonly idempotencyKey: string | undefined;
  /** Throws `stale_fence` for a process that was taken over: to be asked before a change that no transaction can undo. */
  ensureCurrent(): Promise<void>;
}

/** What a call may need of the budgets. A call that reserves no tokens asks no model. */
export interface Need {
  /** Model tokens to reserve before the call. */
  readonly reserveTokens?: number;
  /** US dollars to reserve before it; absent for a model call whose price nobody knows. */
  readonly reserveUsd?: number;
  /** Model that the call asks for by name. */
  readonly model?: string;
}

/** Why a call goes to a cheaper model than the one that was asked for. */
export interface Downgrade {
  readonly model: string;
  readonly reason: string;
}

/** A call that knows where it will run. Made before the call waits, so that a reload meanwhile changes nothing for it. */
export interface PreparedCall<Name extends SyscallName> extends Need {
  /** Queue of the scheduler; the resource’s own when absent. */
  readonly queue?: string;
  /** The handler moves to its queue by itself, so that it can go to another one where this one is full. */
  readonly queuesItself?: boolean;
  /** Where it is narrower than the table’s: a tool that only reads is no external effect. */
  readonly effect?: Effect;
  /** Whether a repeat does no more than the first call, so that one whose outcome a crash hid may run again. */
  readonly idempotent?: boolean;
  /**
   * Finds out whether the call took effect when nobody knows, by the key that it was made with. It may only look, and says
   * `repeat` only where the effect certainly never happens.
   */
  probe?(idempotencyKey: string, context: SyscallContext<Name>): Promise<ProbeAnswer>;
  /** Undoes what the call did; its output is absent where nobody knows it. */
  compensate?(output: SyscallOutput<Name> | undefined, context: SyscallContext<Name>): Promise<void>;
  /** Where its answer comes from, which is then not to be trusted; also that of an error. */
  readonly untrusted?: string | undefined;
  /** What the call will take of its queue, as it is estimated; one unit when absent. */
  readonly cost?: Cost;
  /** Names the conversation that the call goes on with, the same for each call of it. */
  readonly conversation?: () => string;
  execute(context: SyscallContext<Name>): Promise<SyscallOutput<Name>>;
  /** What the call really used. */
  usage?(output: SyscallOutput<Name>): Usage;
  /** What it really cost, in US dollars; as reserved when absent. */
  costUsd?(output: SyscallOutput<Name>): number;
  /** The same call to another model, where that can be done; its reply says so. */
  downgrade?(to: Downgrade): PreparedCall<Name>;
}

/** How a module answers a system call. */
export interface SyscallHandler<Name extends SyscallName> {
  /**
   * The input with names that stand for others replaced, so that what is authorised is what will be done. Never throws: what
   * is wrong with a name is said once the call is authorised. The journal keeps the input as it came.
   */
  resolve?(input: SyscallInput<Name>, caller: Caller): SyscallInput<Name>;
  prepare(input: SyscallInput<Name>, caller: Caller): PreparedCall<Name>;
  /** Where the call sends what it is given, such as a URL or the name of a tool; nothing where it stays in the kernel. */
  destination?(input: SyscallInput<Name>, caller: Caller): string | undefined;
  /** Says why what the call does cannot be undone, where that depends on the input. */
  irreversible?(input: SyscallInput<Name>, caller: Caller): string | undefined | Promise<string | undefined>;
  /** In place of `prepare` for an input that needs something read first; undefined for any other. */
  readAndPrepare?(input: SyscallInput<Name>, caller: Caller): Promise<PreparedCall<Name>> | undefined;
}

export type SyscallHandlers = { readonly [Name in SyscallName]: SyscallHandler<Name> };

/** The handlers of one module, by the prefix of their calls: `HandlersOf<'storage'>`. */
export type HandlersOf<Prefix extends string> = Pick<
  SyscallHandlers,
  Extract<SyscallName, `${Prefix}.${string}`>
>;

/** A handler for a call that needs no preparation. */
export function handle<Name extends SyscallName>(
  execute: (
    input: SyscallInput<Name>,
    context: SyscallContext<Name>,
  ) => Promise<SyscallOutput<Name>> | SyscallOutput<Name>,
): SyscallHandler<Name> {
  return { prepare: (input) => ({ execute: async (context) => execute(input, context) }) };
}
