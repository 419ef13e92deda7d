import {
  type AgentDefinition,
  type AgentManifest,
  AiosError,
  type CallOptions,
  type FromHost,
  type JsonValue,
  type Pid,
  type SignalListener,
  type SyscallChannel,
  type SyscallName,
  type SyscallOutput,
  type ToHost,
  toAiosError,
} from '@aios/protocol';
import { manifestOf } from './import-agent.ts';

interface OpenCall {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onChunk: ((chunk: never) => void) | undefined;
}

interface RunningAgent {
  readonly controller: AbortController;
  readonly listeners: SignalListener[];
  readonly calls: Map<number, OpenCall>;
}

type FrameOf<Type extends ToHost['type']> = Extract<ToHost, { type: Type }>;

export interface AgentHostOptions {
  /** Sends a frame; throws a TypeError for what is not JSON. */
  readonly send: (frame: FromHost) => void;
  /** The agent of a process. Errors of it are those of the process. */
  readonly load: (agent: Pick<FrameOf<'start'>, 'agent' | 'entry'>) => Promise<AgentDefinition>;
  /** Called when an agent’s code has come to its end, also where nobody heard of it. */
  readonly onSettled?: (pid: Pid) => void;
}

/** Runs the agents that a kernel asks for and carries their system calls, whatever carries the frames. */
export class AgentHost {
  readonly #options: AgentHostOptions;
  readonly #agents = new Map<Pid, RunningAgent>();

  constructor(options: AgentHostOptions) {
    this.#options = options;
  }

  /** Pids of the processes that run here. */
  get running(): Pid[] {
    return [...this.#agents.keys()];
  }

  receive(frame: ToHost): void {
    switch (frame.type) {
      case 'describe':
        void this.#describe(frame);
        return;
      case 'start':
        void this.#start(frame);
        return;
      case 'signal':
        for (const listener of this.#agents.get(frame.pid)?.listeners ?? []) listener(frame.signal);
        return;
      case 'terminate':
        this.#agents.get(frame.pid)?.controller.abort(AiosError.fromProblem(frame.error));
        return;
      case 'abort':
        this.abort(frame.pid, AiosError.fromProblem(frame.error));
        return;
      case 'drop':
        this.#agents.delete(frame.pid);
        return;
      case 'chunk':
        this.#agents
          .get(frame.pid)
          ?.calls.get(frame.id)
          ?.onChunk?.(frame.chunk as never);
        return;
      case 'result':
        this.#take(frame.pid, frame.id)?.resolve(frame.output);
        return;
      case 'error':
        this.#take(frame.pid, frame.id)?.reject(AiosError.fromProblem(frame.error));
    }
  }

  /** Tells an agent that its process is over. Its calls fail; what it returns or throws from now on is nobody’s. */
  abort(pid: Pid, error: AiosError): void {
    const agent = this.#agents.get(pid);
    this.#agents.delete(pid);
    agent?.controller.abort(error);
    for (const call of agent?.calls.values() ?? []) call.reject(error);
  }

  /** Ends a process as failed, for an error that its agent did not throw into its own run. */
  fail(pid: Pid, error: unknown): void {
    if (this.#agents.delete(pid)) this.#exit(pid, { ok: false, error: toAiosError(error).toProblem() });
  }

  async #describe({ id, entry }: FrameOf<'describe'>): Promise<void> {
    const describe = async (): Promise<AgentManifest> =>
      manifestOf(await this.#options.load({ agent: '', entry }));
    const outcome = await describe().then(
      (output) => ({ ok: true as const, output }),
      (error: unknown) => ({ ok: false as const, error: toAiosError(error).toProblem() }),
    );
    this.#options.send({ type: 'described', id, outcome });
  }

  async #start({ pid, agent, entry, input }: FrameOf<'start'>): Promise<void> {
    const running: RunningAgent = { controller: new AbortController(), listeners: [], calls: new Map() };
    this.#agents.set(pid, running);
    const isOver = () => this.#agents.get(pid) !== running;
    try {
      // What came of an earlier run of the process before this is told apart by it.
      this.#options.send({ type: 'started', pid });
      const definition = await this.#options.load({ agent, entry });
      if (isOver()) return;
      const output = await definition.start(
        input,
        this.#channelOf(pid, running),
        running.controller.signal,
        (listener) => this.#listen(pid, running, listener),
      );
      if (isOver()) return;
      this.#agents.delete(pid);
      this.#exit(pid, { ok: true, output: output ?? null });
    } catch (error) {
      if (!isOver()) this.fail(pid, error);
    } finally {
      this.#options.onSettled?.(pid);
    }
  }

  /** An output that is not JSON ends the process as failed instead of never. */
  #exit(pid: Pid, outcome: Extract<FromHost, { type: 'exit' }>['outcome']): void {
    try {
      this.#options.send({ type: 'exit', pid, outcome });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      const problem = new AiosError(
        'internal',
        `The agent’s output is not JSON: ${error.message}`,
      ).toProblem();
      this.#options.send({ type: 'exit', pid, outcome: { ok: false, error: problem } });
    }
  }

  #listen(pid: Pid, { listeners }: RunningAgent, listener: SignalListener): void {
    listeners.push(listener);
    if (this.#agents.get(pid)?.listeners !== listeners) return;
    if (listeners.length === 1) this.#options.send({ type: 'listening', pid });
  }

  #take(pid: Pid, id: number): OpenCall | undefined {
    const calls = this.#agents.get(pid)?.calls;
    const call = calls?.get(id);
    calls?.delete(id);
    return call;
  }

  #channelOf(pid: Pid, running: RunningAgent): SyscallChannel {
    const { calls, controller } = running;
    const { send } = this.#options;
    let count = 0;
    return {
      call: <Name extends SyscallName>(name: Name, input: unknown, options: CallOptions<Name> = {}) => {
        const { promise, resolve, reject } = Promise.withResolvers<SyscallOutput<Name>>();
        if (this.#agents.get(pid) !== running) {
          reject(controller.signal.reason ?? new AiosError('stale_fence', `Process ${pid} has ended.`));
          return promise;
        }
        count += 1;
        const id = count;
        const { signal, onChunk, deadlineMs } = options;
        const onAbort = () => {
          if (this.#agents.get(pid) === running) send({ type: 'cancel', pid, id });
        };
        try {
          send({
            type: 'call',
            pid,
            id,
            name,
            input,
            ...(onChunk && { stream: true }),
            ...(deadlineMs !== undefined && { deadlineMs }),
          });
        } catch (error) {
          reject(new AiosError('invalid_argument', `The input of ${name} is not JSON.`, { cause: error }));
          return promise;
        }
        // The kernel answers a call with the output of that call.
        calls.set(id, { resolve: resolve as (output: JsonValue | unknown) => void, reject, onChunk });
        signal?.addEventListener('abort', onAbort, { once: true });
        if (signal?.aborted) onAbort();
        return promise.finally(() => signal?.removeEventListener('abort', onAbort));
      },
    };
  }
}
