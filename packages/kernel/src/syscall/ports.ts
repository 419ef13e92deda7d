import type { AiosError, JsonValue, Permission, SyscallName, TenantId, Usage } from '@aios/protocol';
import type { Boundary } from './boundaries.ts';
import type { AccessRequest, Caller, CallingProcess } from './caller.ts';
import type { CommitTransaction } from './commit.ts';
import type { PreparedCall } from './handler.ts';
import type { PlaceInProcess } from './request.ts';

// What the path needs of the modules. kernel.ts hands them in, so that the path imports no module.

/** What a call takes of its resource: tokens where it has any, else plain units as input. */
export interface Cost {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens?: number | undefined;
}

/** A place that a call holds while it runs; see the scheduler’s. */
export interface Slot {
  readonly mayYield: boolean;
  readonly rank: number | undefined;
  onYield(listener: () => void): void;
  runToEnd(reason: string): void;
  progress(used: Cost): void;
  release(used?: Cost): void;
}

/** Who asks for a slot, and for what. */
export interface SlotRequest {
  readonly call: string;
  readonly caller: Caller;
  /** As it is estimated; absent where a call is as good as another. */
  readonly cost: Cost | undefined;
  /** Milliseconds of Unix time. */
  readonly deadlineAt: number | undefined;
  /** Names what the call belongs to, where its caller is no process. */
  readonly conversation: (() => string) | undefined;
}

/** What a call used of its budgets. */
export interface Used {
  readonly tokens: number;
  /** US dollars. */
  readonly usd: number;
}

export interface Reservation {
  /** The call that the budgets have room for, where it is not the one that was asked for. */
  readonly instead?: PreparedCall<SyscallName>;
  /** `undefined`: nobody reported the usage, so it counts as reserved. */
  settle(used: Used | undefined): void;
  /** Takes all of it back, for a call that will be made anew and counted then. */
  release?(): void;
}

/** What the journal knows about a call of a durable process. */
export type Recollection =
  | { readonly kind: 'answered'; readonly output: unknown; readonly used: Used }
  | { readonly kind: 'failed'; readonly error: Error; readonly used: Used }
  /** The call was dispatched before a crash and its result was never written. */
  | { readonly kind: 'dispatched' }
  | { readonly kind: 'new' };

/** A call of a durable process, as the journal identifies it. */
export interface JournalledCall {
  readonly process: CallingProcess;
  readonly tenant: TenantId;
  readonly place: PlaceInProcess;
  readonly name: SyscallName;
  readonly input: unknown;
}

/** What tells the calls of durable processes apart. */
export type JournalKey = Pick<JournalledCall, 'process' | 'place'>;

export type CallOutcome = { readonly output: unknown } | { readonly error: unknown };

/** Writes something in a transaction of somebody else. */
export type WriteAlso = (transaction: CommitTransaction) => Promise<void>;
export type WriteOutcome = (transaction: CommitTransaction, outcome: CallOutcome) => Promise<void>;

/** What a tool found out about an effect; `repeat`: it did not happen, so the call can be made again. */
export type ProbeAnswer =
  | { readonly outcome: 'committed'; readonly output: JsonValue }
  | { readonly outcome: 'repeat' | 'unknown' };

/** What is known beforehand of an effect on the outside world. */
export interface EffectTerms {
  /** A repeat with the same key does no more. */
  readonly idempotent: boolean;
  /** Looks whether an effect whose outcome is unknown happened; absent where the tool can’t. */
  readonly probe: ((idempotencyKey: string) => Promise<ProbeAnswer>) | undefined;
  /** Of the call: ends the wait for somebody who knows. */
  readonly signal: AbortSignal;
  /** What the call is made with, where a person put it in place of what the process asked. */
  readonly input: Record<string, unknown> | undefined;
}

/** A call that a person may have to be asked about before it is made. */
export interface AskedCall {
  /** Number of the call. */
  readonly call: string;
  readonly caller: Caller;
  readonly request: AccessRequest;
  /** What would be done, names that stand for others replaced. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Permissions by which somebody is to be asked. */
  readonly asked: readonly Permission[];
  /** That of the data-flow guard. */
  readonly objection?: Objection | undefined;
  /** Says why what the call does cannot be undone, where it cannot. */
  readonly irreversible?: (() => string | undefined | Promise<string | undefined>) | undefined;
  readonly place: PlaceInProcess | undefined;
  readonly signal: AbortSignal;
  /** Gives back what the call holds for as long as it waits. */
  meanwhile<Result>(wait: () => Promise<Result>): Promise<Result>;
}

/** A person’s yes to one call. */
export interface Permit {
  readonly approval: string;
  /** What the call is to be made with in place of what it was asked with. */
  readonly input: Record<string, unknown> | undefined;
  /** Uses it up, in the transaction that makes the call. Throws `failed_precondition` where it was used. */
  use(transaction: CommitTransaction): Promise<void>;
}

/** What the journal holds and takes about one call. */
export interface CallRecord {
  /** Throws `failed_precondition`, naming both calls, when the process now asks something else than it did. */
  recall(): Recollection;
  /**
   * Puts an effect on the outside world on record as planned; `dispatch` waits until that is on disk. Gives the outcome when
   * it turns out that the effect was dispatched before and is not to be dispatched again.
   */
  plan(terms: EffectTerms): Promise<CallOutcome | undefined>;
  /** Says that the planned effect is under way; on disk when it resolves. `also` writes in the same transaction. */
  dispatch(also?: WriteAlso): Promise<void>;
  /** What the outside world is told, to know a repeat by; of a planned effect only. */
  readonly idempotencyKey: string | undefined;
  /** Makes the change of the call and answers it with what the job gives; see `Commit`. */
  commit<Output>(job: (transaction: CommitTransaction) => Promise<Output>, used?: Used): Promise<Output>;
  /**
   * Answers the call, unless `commit` did; on disk when it resolves. Gives what the caller is to be told, which is another
   * outcome where that of an effect had to be found out, or nothing where the effect did not happen and must be planned anew.
   * `also` writes in the transaction that answers, with what the caller is to be told.
   */
  settle(outcome: CallOutcome, used: Used, also?: WriteOutcome): Promise<CallOutcome | undefined>;
  /** Notes what became of the effect of a call that nobody waits for any more. */
  abandon(outcome: CallOutcome): Promise<void>;
  /** Called where a crash is of interest, so that one can be injected. */
  reach(boundary: Boundary): void;
}

/** The record of what durable processes asked and were answered, and the fence around what processes change. */
export interface Journal {
  open(call: JournalledCall): CallRecord;
  /** Makes a change for a caller without a record: a person, a program, a process that is not durable. */
  commit<Output>(
    process: CallingProcess | undefined,
    job: (transaction: CommitTransaction) => Promise<Output>,
  ): Promise<Output>;
  /** Throws `stale_fence` when the process was taken over. */
  ensureCurrent(process: CallingProcess): Promise<void>;
}

/** A call as the audit hears of it. */
export interface AuditedCall {
  readonly name: SyscallName;
  readonly caller: Caller;
  readonly target: string | undefined;
  readonly input: unknown;
}

/** What the audit is told of one call. A call whose entry cannot be written fails. */
export interface AuditTrail {
  /** While it ran, the call asked for something that it was not granted. */
  denied(action: string, target: string | undefined): void;
  /** It is about to reach outside. With the transaction where one is given, else on disk when it resolves. */
  attempt(transaction?: CommitTransaction): Promise<void>;
  /** It makes its change in this transaction. */
  changed(transaction: CommitTransaction): Promise<void>;
  /** It is answered in this transaction. */
  settle(transaction: CommitTransaction, error: AiosError | undefined): Promise<void>;
  /** It is over. What is not written yet is on disk when it resolves. */
  close(error: AiosError | undefined): Promise<void>;
}

export interface Audit {
  /** Nothing while the audit is off. */
  open(call: AuditedCall): AuditTrail | undefined;
}

/** What a process has read that is not to be trusted. */
export interface Taint {
  /** Where it came from, such as tools and pages. */
  readonly sources: readonly string[];
}

/** A call as the data-flow guard hears of it. */
export type GuardedCall = AuditedCall;

/** Why a person is to be asked before a call is made. */
export interface Objection {
  /** What a grant `guard.pass` would have to name. */
  readonly target: string;
  readonly reason: string;
}

/** Follows untrusted data from process to process, and objects where one that has read such could carry private data out. */
export interface DataFlowGuard {
  /** Nothing for who has read nothing untrusted, and for callers that are no processes. */
  taintOf(caller: Caller): Promise<Taint | undefined> | undefined;
  /** `destination`: where the call sends its input to. */
  objection(taint: Taint, call: GuardedCall, destination: string | undefined): Promise<Objection | undefined>;
  /** Before the call reads. On disk when it resolves, as with those that follow. */
  reading(call: GuardedCall): Promise<void> | undefined;
  /** Before the call writes. */
  writing(taint: Taint, call: GuardedCall): Promise<void> | undefined;
  /** In the transaction in which it has written. */
  wrote(taint: Taint, call: GuardedCall, output: unknown, transaction: CommitTransaction): Promise<void>;
  /** Before the caller hears of the output. `source`: where it came from, if it is not to be trusted. */
  read(call: GuardedCall, output: unknown, source: string | undefined): Promise<void> | undefined;
}

/** One call as it is reported when it has ended. */
export interface CallReport {
  readonly call: string;
  readonly parentCall: string | undefined;
  readonly name: SyscallName;
  readonly target: string | undefined;
  readonly caller: Caller;
  readonly status: 'ok' | 'replayed' | 'error';
  readonly error: AiosError | undefined;
  readonly durationMs: number;
  readonly steps: Readonly<Partial<Record<Step, number>>>;
  readonly usage: Usage | undefined;
}

export type Step =
  | 'authenticate'
  | 'validate'
  | 'authorise'
  | 'admit'
  | 'journal'
  | 'schedule'
  | 'execute'
  | 'settle';

export interface PathPorts {
  /** Whether the process still runs under this fence: not ended, killed or taken over. */
  isCurrent(process: CallingProcess): boolean;
  /** Throws `permission_denied`; gives the permissions that a person has to be asked about. */
  authorise(caller: Caller, request: AccessRequest): readonly Permission[];
  /** Asks a person about a call, where that is to be done. Throws `permission_denied` where the answer is no. */
  approve(call: AskedCall): undefined | Promise<Permit | undefined>;
  /** Nothing where no budget bounds the caller; a promise where the call must wait for room. */
  reserve(
    caller: Caller,
    prepared: PreparedCall<SyscallName>,
    signal: AbortSignal,
  ): Reservation | undefined | Promise<Reservation | undefined>;
  /** Counts for the process what a call used that the journal answers now. */
  replayed(process: CallingProcess, used: Used): void;
  readonly journal: Journal;
  readonly audit: Audit;
  readonly guard: DataFlowGuard;
  acquire(queue: string, request: SlotRequest, signal: AbortSignal): Slot | Promise<Slot>;
  started(call: string, name: SyscallName, target: string | undefined, caller: Caller): void;
  settled(report: CallReport): void;
}
