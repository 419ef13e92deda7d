import { Worker } from 'node:worker_threads';
import { type AgentManifest, AiosError, type JsonValue, toAiosError } from '@aios/protocol';
import type { Logger } from '../../telemetry/index.ts';
import { type Breakdown, BrokenRuntime } from './broken-runtime.ts';
import type { FromThread, Outcome, ToThread } from './messages.ts';
import { Pulse, watchPulse } from './pulse.ts';
import type { Task } from './runtime.ts';

/** What agents may know of the environment: nothing that could be a secret. */
const inheritedVariables = ['TZ', 'LANG', 'LC_ALL'];

/** Pids are below this; ids of tasks are made of them, so that it is known whose code ran when its task is gone. */
const pidSpan = 2 ** 32;
/** Runs of one process on one thread that are told apart. */
const runsTold = 2 ** 20;

interface RunningTask {
  readonly task: Task;
  readonly ended: PromiseWithResolvers<JsonValue>;
  /** A process whose code is left and runs again is another task: what the code that was left still says is not its own. */
  readonly id: number;
  /** Cancels single calls of the task. */
  readonly calls: Map<number, AbortController>;
}

export interface AgentThreadOptions {
  readonly logger: Logger;
  /** Modules that agents may import although their folder has no copy: specifier to URL. */
  readonly offeredImports: Readonly<Record<string, string>>;
  readonly limits: () => ThreadLimits;
}

export interface ThreadLimits {
  /** A thread that does nothing but run one agent’s code for so long is ended. */
  readonly stuckAfterMs: number;
  readonly heapBytes: number;
}

/** One worker thread and the agents that run on it, seen from the kernel. */
export class AgentThread {
  readonly #worker: Worker;
  readonly #logger: Logger;
  readonly #tasks = new Map<number, RunningTask>();
  readonly #descriptions = new Map<number, PromiseWithResolvers<AgentManifest>>();
  readonly #onGone: () => void;
  readonly #pulse = new Pulse();
  readonly #watch: Disposable;
  #requests = 0;
  #started = 0;
  #isGone = false;

  constructor(options: AgentThreadOptions, onGone: () => void) {
    this.#logger = options.logger;
    this.#onGone = onGone;
    const env = Object.fromEntries(inheritedVariables.map((name) => [name, process.env[name]]));
    const { heapBytes } = options.limits();
    this.#worker = new Worker(new URL('./worker-thread.ts', import.meta.url), {
      name: 'aios-agents',
      env,
      stdout: true,
      stderr: true,
      workerData: { offeredImports: options.offeredImports, pulse: this.#pulse.shared },
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(heapBytes / 2 ** 20) },
    });
    this.#worker.on('message', (message: FromThread) => this.#receive(message));
    this.#worker.on('error', (error) => this.#break(breakdownOf(error, heapBytes)));
    this.#worker.on('exit', (code) => this.#break({ kind: 'crashed', what: `exit code ${code}` }));
    const stuckAfterMs = () => options.limits().stuckAfterMs;
    this.#watch = watchPulse(this.#pulse, stuckAfterMs, () => {
      this.#break({ kind: 'stuck', forMs: stuckAfterMs() });
      void this.#worker.terminate();
    });
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) {
      stream
        .setEncoding('utf8')
        .on('data', (text: string) => this.#logger.info({ output: text.trimEnd() }, 'an agent printed'));
    }
  }

  get taskCount(): number {
    return this.#tasks.size;
  }

  get isIdle(): boolean {
    return this.#tasks.size === 0 && this.#descriptions.size === 0;
  }

  describe(entry: string): Promise<AgentManifest> {
    this.#requests += 1;
    const description = Promise.withResolvers<AgentManifest>();
    this.#descriptions.set(this.#requests, description);
    this.#send({ type: 'describe', request: this.#requests, entry });
    return description.promise;
  }

  async run(task: Task): Promise<JsonValue> {
    this.#started += 1;
    const running: RunningTask = {
      task,
      id: (this.#started % runsTold) * pidSpan + task.pid,
      ended: Promise.withResolvers(),
      calls: new Map(),
    };
    const onAbort = () => this.#abort(running);
    const onEnding = () => this.#end(running);
    task.signal.addEventListener('abort', onAbort, { once: true });
    this.#tasks.set(running.id, running);
    try {
      this.#send({ type: 'start', task: running.id, entry: task.entry, input: task.input });
      task.ending.addEventListener('abort', onEnding, { once: true });
      if (task.signal.aborted) onAbort();
      else if (task.ending.aborted) onEnding();
      return await running.ended.promise;
    } finally {
      task.signal.removeEventListener('abort', onAbort);
      this.#tasks.delete(running.id);
    }
  }

  /** For a thread that is not needed any more. */
  async terminate(): Promise<void> {
    this.#leave(() => new AiosError('unavailable', 'The thread of the agent was ended: the kernel closes.'));
    await this.#worker.terminate();
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  /** Says that the agent should come to its end; one that has to at once is aborted instead. */
  #end({ id, task }: RunningTask): void {
    if (task.signal.aborted || !this.#tasks.has(id)) return;
    this.#send({ type: 'end', task: id, error: toAiosError(task.ending.reason).toProblem() });
  }

  #abort(running: RunningTask): void {
    const { task, id } = running;
    if (task.isDropped()) {
      this.#send({ type: 'drop', task: id });
      running.ended.reject(task.signal.reason);
      return;
    }
    this.#send({ type: 'abort', task: id, error: toAiosError(task.signal.reason).toProblem() });
  }

  #break(breakdown: Breakdown): void {
    if (this.#isGone) return;
    const culprit = this.#culprit();
    this.#logger.warn({ breakdown, culprit, tasks: this.#tasks.size }, 'a thread of agents broke');
    // Where nobody knows who it was, everybody may have been.
    this.#leave((task) =>
      culprit === undefined || culprit === task
        ? BrokenRuntime.by(task, breakdown)
        : BrokenRuntime.beside(culprit, breakdown),
    );
  }

  /** Ends everything that runs here. */
  #leave(reasonFor: (task: number) => AiosError): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#watch[Symbol.dispose]();
    this.#onGone();
    for (const { task, ended } of this.#tasks.values()) ended.reject(reasonFor(task.pid));
    for (const [request, description] of this.#descriptions) description.reject(reasonFor(-request));
  }

  /** Whose code ran last, of one that has ended perhaps; undefined where that is unknown. */
  #culprit(): number | undefined {
    const { task } = this.#pulse;
    if (task !== 0) return task > 0 ? task % pidSpan : task;
    const [only, ...others] = [...this.#tasks.values()].map((running) => running.task.pid);
    return others.length === 0 && this.#descriptions.size === 0 ? only : undefined;
  }

  #receive(message: FromThread): void {
    if (message.type === 'described') {
      this.#described(message.request, message.outcome);
      return;
    }
    const running = this.#tasks.get(message.task);
    if (running !== undefined) this.#receiveFor(running, message);
  }

  #receiveFor(running: RunningTask, message: Exclude<FromThread, { type: 'described' }>): void {
    const { task, ended, calls } = running;
    switch (message.type) {
      case 'started':
        task.started();
        break;
      case 'listening':
        task.onSignal((signal) => this.#send({ type: 'signal', task: running.id, signal }));
        break;
      case 'ended':
        settle(ended, message.outcome);
        break;
      case 'aborted':
        ended.reject(task.signal.reason);
        break;
      case 'call':
        void this.#call(running, message);
        break;
      case 'cancel':
        calls.get(message.call)?.abort(new AiosError('cancelled', 'The agent cancelled the call.'));
        break;
    }
  }

  #described(request: number, outcome: Outcome<AgentManifest>): void {
    const description = this.#descriptions.get(request);
    this.#descriptions.delete(request);
    if (description !== undefined) settle(description, outcome);
  }

  async #call(running: RunningTask, message: Extract<FromThread, { type: 'call' }>): Promise<void> {
    const { task, id } = running;
    const { call, name, input, stream, deadlineMs } = message;
    const controller = new AbortController();
    running.calls.set(call, controller);
    const onChunk = stream
      ? (chunk: unknown) => this.#send({ type: 'chunk', task: id, call, chunk })
      : undefined;
    let outcome: Outcome;
    try {
      const output = await task.line.request(name, input, { signal: controller.signal, deadlineMs, onChunk });
      outcome = { ok: true, output };
    } catch (error) {
      outcome = { ok: false, error: toAiosError(error).toProblem() };
    }
    running.calls.delete(call);
    this.#send({ type: 'reply', task: id, call, outcome });
  }
}

function settle<Output>(waiting: PromiseWithResolvers<Output>, outcome: Outcome<Output>): void {
  if (outcome.ok) waiting.resolve(outcome.output);
  else waiting.reject(AiosError.fromProblem(outcome.error));
}

function breakdownOf(error: Error, heapBytes: number): Breakdown {
  const isFull = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isFull ? { kind: 'out_of_memory', heapBytes } : { kind: 'crashed', what: error.message };
}
