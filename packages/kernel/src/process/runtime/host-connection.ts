import {
  type AgentManifest,
  AiosError,
  type FromHost,
  fromHost,
  type JsonValue,
  type Pid,
  type ToHost,
  toAiosError,
} from '@aios/protocol';
import { BrokenRuntime } from './broken-runtime.ts';
import type { Task } from './runtime.ts';

interface RunningTask {
  readonly task: Task;
  readonly ended: PromiseWithResolvers<JsonValue>;
  /** Cancels single calls of the task. */
  readonly calls: Map<number, AbortController>;
  /** What comes before it is of an earlier run of the process on the same host. */
  hasStarted: boolean;
}

type FrameOf<Type extends FromHost['type']> = Extract<FromHost, { type: Type }>;

/** Calls of one process that may be under way at the same time. */
const maxOpenCalls = 10_000;

/** One host of agents, seen from the kernel: the processes that it runs, whatever carries the frames. */
export class HostConnection {
  readonly #send: (frame: ToHost) => void;
  readonly #tasks = new Map<Pid, RunningTask>();
  readonly #descriptions = new Map<number, PromiseWithResolvers<AgentManifest>>();
  #questions = 0;
  #gone: AiosError | undefined;

  constructor(send: (frame: ToHost) => void) {
    this.#send = send;
  }

  get taskCount(): number {
    return this.#tasks.size;
  }

  async describe(entry: string): Promise<AgentManifest> {
    if (this.#gone !== undefined) throw this.#gone;
    this.#questions += 1;
    const description = Promise.withResolvers<AgentManifest>();
    this.#descriptions.set(this.#questions, description);
    this.#send({ type: 'describe', id: this.#questions, entry });
    return await description.promise;
  }

  /** Resolves with what the agent returned; rejects with what it threw, at once when the task must stop, or when the host broke. */
  async run(task: Task): Promise<JsonValue> {
    if (this.#gone !== undefined) throw this.#gone;
    task.signal.throwIfAborted();
    const { pid, agent, entry, input, signal, ending } = task;
    const running: RunningTask = {
      task,
      ended: Promise.withResolvers(),
      calls: new Map(),
      hasStarted: false,
    };
    this.#tasks.set(pid, running);
    const onAbort = () => this.#abort(running);
    const onEnding = () => {
      if (!signal.aborted)
        this.#send({ type: 'terminate', pid, error: toAiosError(ending.reason).toProblem() });
    };
    signal.addEventListener('abort', onAbort, { once: true });
    ending.addEventListener('abort', onEnding, { once: true });
    try {
      this.#send({ type: 'start', pid, agent, entry, input });
      if (ending.aborted) onEnding();
      return await running.ended.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
      ending.removeEventListener('abort', onEnding);
      this.#tasks.delete(pid);
    }
  }

  /** Ends everything that runs here; later tasks are refused. The first reason stands. */
  break(what: string): void {
    if (this.#gone !== undefined) return;
    this.#gone = new AiosError('unavailable', `The program that runs the agent is gone: ${what}.`);
    for (const [pid, { ended }] of this.#tasks)
      ended.reject(BrokenRuntime.by(pid, { kind: 'program_gone', what }));
    for (const description of this.#descriptions.values()) description.reject(this.#gone);
  }

  /** The host is gone, through nobody’s fault; what ran there did nothing wrong. */
  leave(what: string): void {
    if (this.#gone !== undefined) return;
    this.#gone = new AiosError('unavailable', `The host of the agent is gone: ${what}.`);
    for (const [pid, { ended }] of this.#tasks) ended.reject(BrokenRuntime.lost(pid, what));
    for (const description of this.#descriptions.values()) description.reject(this.#gone);
  }

  /** Throws `invalid_argument` for what is no frame, which says nothing good of the host. */
  receive(value: unknown): void {
    const parsed = fromHost.safeParse(value);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new AiosError(
        'invalid_argument',
        `it sent a malformed frame: ${issue?.path.join('.')} ${issue?.message}`,
      );
    }
    const frame = parsed.data;
    if (frame.type === 'described') this.#described(frame);
    else {
      const running = this.#tasks.get(frame.pid);
      if (running !== undefined && (running.hasStarted || frame.type === 'started'))
        this.#receiveFor(running, frame);
    }
  }

  #described({ id, outcome }: FrameOf<'described'>): void {
    const description = this.#descriptions.get(id);
    this.#descriptions.delete(id);
    if (outcome.ok) description?.resolve(outcome.output);
    else description?.reject(AiosError.fromProblem(outcome.error));
  }

  #receiveFor(running: RunningTask, frame: Exclude<FromHost, { type: 'described' }>): void {
    const { task, ended, calls } = running;
    switch (frame.type) {
      case 'started':
        running.hasStarted = true;
        task.started();
        return;
      case 'listening':
        task.onSignal((signal) => {
          if (this.#tasks.get(task.pid) === running) this.#send({ type: 'signal', pid: task.pid, signal });
        });
        return;
      case 'exit':
        if (frame.outcome.ok) ended.resolve(frame.outcome.output);
        else ended.reject(AiosError.fromProblem(frame.outcome.error));
        return;
      case 'cancel':
        calls.get(frame.id)?.abort(new AiosError('cancelled', 'The agent cancelled the call.'));
        return;
      case 'call':
        void this.#call(running, frame);
    }
  }

  #abort({ task, ended }: RunningTask): void {
    const { pid, signal } = task;
    if (task.isDropped()) this.#send({ type: 'drop', pid });
    else this.#send({ type: 'abort', pid, error: toAiosError(signal.reason).toProblem() });
    ended.reject(signal.reason);
  }

  async #call(
    running: RunningTask,
    { id, name, input = {}, stream, deadlineMs }: FrameOf<'call'>,
  ): Promise<void> {
    const { task, calls } = running;
    const { pid } = task;
    const send = (frame: ToHost) => {
      if (this.#tasks.get(pid) === running) this.#send(frame);
    };
    const controller = new AbortController();
    try {
      checkRoom(calls, id);
      calls.set(id, controller);
      const onChunk = stream ? (chunk: unknown) => send({ type: 'chunk', pid, id, chunk }) : undefined;
      const output = await task.line.request(name, input, { signal: controller.signal, deadlineMs, onChunk });
      calls.delete(id);
      send({ type: 'result', pid, id, output: output ?? null });
    } catch (error) {
      if (calls.get(id) === controller) calls.delete(id);
      send({ type: 'error', pid, id, error: toAiosError(error).toProblem() });
    }
  }
}

function checkRoom(calls: ReadonlyMap<number, unknown>, id: number): void {
  if (calls.has(id)) throw new AiosError('already_exists', `The call ${id} is under way. Choose another id.`);
  if (calls.size < maxOpenCalls) return;
  throw new AiosError(
    'rate_limited',
    `This process has ${maxOpenCalls} calls under way, and no more are allowed. Wait for some to end.`,
    { details: { retryAfterMs: 1000 } },
  );
}
