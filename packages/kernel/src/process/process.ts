import {
  AiosError,
  type Budget,
  type JsonValue,
  type Pid,
  type ProcessState,
  type RuntimeName,
} from '@aios/protocol';
import {
  type Caller,
  type CallingProcess,
  type OpenCall,
  OpenCalls,
  type Urgency,
} from '../syscall/index.ts';
import type { Agent } from './agent-registry.ts';
import { Life, type SignalBox } from './lifecycle/index.ts';
import type { Supervision } from './supervision/index.ts';

export interface ProcessOptions {
  readonly pid: Pid;
  /** The process that started it, which may have ended long ago. */
  readonly parentPid: Pid | undefined;
  /** The process that its tree began with; itself when absent. */
  readonly root: CallingProcess['root'];
  /** Pid of the process that its group began with; itself when absent. */
  readonly group: Pid | undefined;
  readonly agent: Agent;
  readonly runtime: RuntimeName;
  readonly durable: boolean;
  /** How urgent its calls are. */
  readonly urgency: Urgency;
  readonly fence: number;
  readonly input: JsonValue;
  readonly budget: Budget;
  /** Who the process acts as: the user that it runs for and the policy that it got. */
  readonly principal: Pick<Caller, 'tenant' | 'user' | 'policy' | 'budgets'>;
  readonly createdAt: number;
  /** Of a process that goes on after a restart. */
  readonly firstStartedAt?: number | undefined;
  readonly run: Run;
  /** Whether what the journal answers is counted, as in a kernel that has not seen it happen. */
  readonly recounts: boolean;
  /** How often it has broken its runtime; never when absent. */
  readonly breaks?: number | undefined;
  /** Absent where it is never started again. */
  readonly supervision?: Supervision | undefined;
}

/** A process that is to be. */
export type ProcessPlan = Omit<ProcessOptions, 'pid' | 'run'>;

/** Which run of its code a process is in: it may begin anew many times. */
export interface Run {
  readonly number: number;
  /** Position of the journal record that it begins with; 0 in the first run. */
  readonly position: number;
  /** Ordinal of the last call before it. */
  readonly sequence: number;
}

export const firstRun: Run = { number: 1, position: 0, sequence: 0 };

/**
 * killed: for good. parked: it stays on record as unfinished and goes on at the next boot. dropped: its code is gone until
 * what it waits for has come. interrupted: it is started anew at the next boot. ended: nothing more to come.
 */
interface Stop {
  readonly kind: 'killed' | 'parked' | 'dropped' | 'interrupted' | 'ended';
  readonly reason: AiosError;
}

type Observer = (process: Process, from: ProcessState, cause: string) => void;

/** A process that is alive in this kernel. */
export class Process {
  readonly options: ProcessOptions;
  readonly life: Life;
  readonly signals: SignalBox;
  /** What calls see of it; the same object for its whole life, so that its identity costs nothing per call. */
  readonly caller: Caller;
  readonly #controller = new AbortController();
  readonly #ending = new AbortController();
  readonly #exited = Promise.withResolvers<void>();
  /** Those under way, and what goes on behind them. */
  readonly calls = new OpenCalls();
  #openCalls = 0;
  /** Cancels the next call of a process that was told to end between two. */
  #cancelNext: AiosError | undefined;
  #callEnded = Promise.withResolvers<void>();
  startedAt: number | undefined;
  /** When a call was answered last. */
  lastProgressAt: number | undefined;
  /** As it is now. */
  budget: Budget;
  #stopped: Stop | undefined;
  #leaving: { readonly reason: AiosError; isDone: boolean } | undefined;

  /** `initial`: waiting, for one that was dropped. */
  constructor(
    options: ProcessOptions,
    signals: SignalBox,
    observe: Observer,
    initial: 'created' | 'waiting' = 'created',
  ) {
    this.options = options;
    this.budget = options.budget;
    this.signals = signals;
    this.life = new Life((from, _to, cause) => observe(this, from, cause), initial);
    const process: CallingProcess = {
      pid: options.pid,
      agent: options.agent.manifest.name,
      durable: options.durable,
      fence: options.fence,
      urgency: options.urgency,
      unknownEffects: options.agent.manifest.unknownEffects,
      ...(options.root && { root: options.root }),
    };
    this.caller = { ...options.principal, process };
  }

  get pid(): Pid {
    return this.options.pid;
  }

  get group(): Pid {
    return this.options.group ?? this.pid;
  }

  get state(): ProcessState {
    return this.life.state;
  }

  /** Fires when the process must stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Fires when the agent should come to its end, by itself or not. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  /** Resolves when the process has ended and its end is on disk. */
  get exited(): Promise<void> {
    return this.#exited.promise;
  }

  /** The caller of its system calls, or the reason why it may make none any more. */
  identify(): Caller {
    if (this.#stopped !== undefined) throw this.#stopped.reason;
    if (this.#leaving !== undefined) throw this.#leaving.reason;
    return this.caller;
  }

  /** How it was told to stop, if it was. */
  get stopped(): Stop['kind'] | undefined {
    return this.#stopped?.kind;
  }

  beginCall(): OpenCall {
    this.#openCalls += 1;
    const call = this.calls.open();
    if (this.#cancelNext !== undefined) call.cancel(this.#cancelNext);
    this.#cancelNext = undefined;
    return call;
  }

  endCall(call: OpenCall | undefined): void {
    call?.[Symbol.dispose]();
    this.#openCalls -= 1;
    this.lastProgressAt = Date.now();
    this.#callEnded.resolve();
    this.#callEnded = Promise.withResolvers();
  }

  /** Resolves when the next of its calls ends. */
  get callEnded(): Promise<void> {
    return this.#callEnded.promise;
  }

  get openCalls(): number {
    return this.#openCalls;
  }

  /** Refuses every further call of a run that is about to be over; the result says that it is, or takes that back. */
  leaveRun(): { done(): void; takeBack(): void } {
    const reason = new AiosError(
      'failed_precondition',
      `Process ${this.pid} begins anew and makes no further calls in this run.`,
    );
    const leaving = { reason, isDone: false };
    this.#leaving = leaving;
    return {
      done: () => {
        leaving.isDone = true;
      },
      takeBack: () => {
        this.#leaving = undefined;
      },
    };
  }

  /** Whether its next run is on disk and its code is to begin anew. */
  get isRunOver(): boolean {
    return this.#leaving?.isDone === true;
  }

  /** Leaves the agent’s code to the garbage collector: it hears nothing any more, neither answers nor that it is over. */
  drop(): void {
    this.life.freeze();
    const reason = new AiosError('stale_fence', `Process ${this.pid} waits without its code.`, {
      details: { madeAnew: true },
    });
    this.#stopped = { kind: 'dropped', reason };
    this.#controller.abort(reason);
    this.calls.cancelAll(reason);
  }

  /** Refuses every further call and tells the agent to stop. The first reason stands. */
  stop(kind: Stop['kind'], reason: AiosError): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { kind, reason };
    this.#controller.abort(reason);
    this.calls.cancelAll(reason);
    this.#ending.abort(reason);
  }

  /**
   * Tells the agent to end: its signal fires, and the calls under way, or else the next one, are cancelled. Further calls
   * are answered as ever, so that it can put things in order.
   */
  terminate(reason: AiosError): void {
    if (this.ending.aborted) return;
    this.#ending.abort(reason);
    this.calls.cancelAll(reason);
    if (this.#openCalls === 0) this.#cancelNext = reason;
  }

  /** To be called once the end is on disk. */
  announceExit(): void {
    this.#exited.resolve();
  }
}
