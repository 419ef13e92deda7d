import {
  AiosError,
  type Budget,
  type JsonValue,
  type Pid,
  type Problem,
  type ProcessState,
} from '@aios/protocol';
import type { Caller, CallingProcess, Urgency } from '../syscall/index.ts';
import type { Agent } from './agent-registry.ts';
import { transitions } from './states.ts';

export type RuntimeName = 'inline' | 'worker';

export interface ProcessOptions {
  readonly pid: Pid;
  readonly parent: Process | undefined;
  /** Number of the parent, which may have ended long ago. */
  readonly parentPid: Pid | undefined;
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
}

/** How a process ended, once it has. */
export type Exit =
  | { readonly state: 'succeeded'; readonly output: JsonValue }
  | { readonly state: 'failed' | 'killed'; readonly error: Problem };

/** killed: for good. parked: it stays on record as unfinished and goes on at the next boot. ended: nothing more to come. */
interface Stop {
  readonly kind: 'killed' | 'parked' | 'ended';
  readonly reason: AiosError;
}

type Observer = (process: Process, from: ProcessState, cause: string) => void;

/** A process that is alive in this kernel. */
export class Process {
  readonly options: ProcessOptions;
  /** What calls see of it; the same object for its whole life, so that its identity costs nothing per call. */
  readonly caller: Caller;
  readonly #controller = new AbortController();
  readonly #exited = Promise.withResolvers<void>();
  readonly #observe: Observer;
  #state: ProcessState = 'created';
  #waits = 0;
  startedAt: number | undefined;
  #stopped: Stop | undefined;

  constructor(options: ProcessOptions, observe: Observer) {
    this.options = options;
    this.#observe = observe;
    const root = options.parent && (options.parent.caller.process?.root ?? options.parent.caller.process);
    const process: CallingProcess = {
      pid: options.pid,
      agent: options.agent.manifest.name,
      durable: options.durable,
      fence: options.fence,
      urgency: options.urgency,
      unknownEffects: options.agent.manifest.unknownEffects,
      ...(root && { root: { pid: root.pid, agent: root.agent } }),
    };
    this.caller = { ...options.principal, process };
  }

  get pid(): Pid {
    return this.options.pid;
  }

  get state(): ProcessState {
    return this.#state;
  }

  /** Fires when the process must stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Resolves when the process has ended and its end is on disk. */
  get exited(): Promise<void> {
    return this.#exited.promise;
  }

  /** The caller of its system calls, or the reason why it may make none any more. */
  identify(): Caller {
    if (this.#stopped !== undefined) throw this.#stopped.reason;
    return this.caller;
  }

  /** How it was told to stop, if it was. */
  get stopped(): Stop['kind'] | undefined {
    return this.#stopped?.kind;
  }

  moveTo(state: ProcessState, cause: string): void {
    const from = this.#state;
    if (!transitions[from].includes(state)) {
      throw new AiosError(
        'failed_precondition',
        `Process ${this.pid} is ${from} and cannot become ${state}.`,
      );
    }
    this.#state = state;
    this.#observe(this, from, cause);
  }

  /** Refuses every further call and tells the agent to stop. The first reason stands. */
  stop(kind: Stop['kind'], reason: AiosError): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { kind, reason };
    this.#controller.abort(reason);
  }

  /** To be called once the end is on disk. */
  announceExit(): void {
    this.#exited.resolve();
  }

  /** Shows the process as waiting until the result is disposed; waits may overlap. */
  wait(cause: string): Disposable {
    this.#waits += 1;
    if (this.#state === 'running') this.moveTo('waiting', cause);
    return {
      [Symbol.dispose]: () => {
        this.#waits -= 1;
        if (this.#waits === 0 && this.#state === 'waiting') this.moveTo('running', `done ${cause}`);
      },
    };
  }

  /** Whether it is this process or one of its descendants. */
  isWithin(ancestor: Pid): boolean {
    for (let process: Process | undefined = this; process !== undefined; process = process.options.parent) {
      if (process.pid === ancestor) return true;
    }
    return false;
  }
}
