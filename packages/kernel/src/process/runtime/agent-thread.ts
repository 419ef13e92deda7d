import { Worker } from 'node:worker_threads';
import { type AgentManifest, AiosError, type JsonValue, toAiosError } from '@aios/protocol';
import type { Logger } from '../../telemetry/index.ts';
import type { FromThread, Outcome, ToThread } from './messages.ts';
import type { Task } from './runtime.ts';

/** A thread that does not even answer an abort for so long is blocked by an agent’s code. */
const abortGraceMs = 2000;
const maxHeapMegabytes = 512;
/** What agents may know of the environment: nothing that could be a secret. */
const inheritedVariables = ['TZ', 'LANG', 'LC_ALL'];

interface RunningTask {
  readonly task: Task;
  readonly ended: PromiseWithResolvers<JsonValue>;
  /** Cancels single calls of the task. */
  readonly calls: Map<number, AbortController>;
  grace: NodeJS.Timeout | undefined;
}

export interface AgentThreadOptions {
  readonly logger: Logger;
  readonly offeredImports: Readonly<Record<string, string>>;
}

/** One worker thread and the agents that run on it, seen from the kernel. */
export class AgentThread {
  readonly #worker: Worker;
  readonly #logger: Logger;
  readonly #tasks = new Map<number, RunningTask>();
  readonly #descriptions = new Map<number, PromiseWithResolvers<AgentManifest>>();
  readonly #onGone: () => void;
  #requests = 0;
  #gone: AiosError | undefined;

  constructor(options: AgentThreadOptions, onGone: () => void) {
    this.#logger = options.logger;
    this.#onGone = onGone;
    const env = Object.fromEntries(inheritedVariables.map((name) => [name, process.env[name]]));
    this.#worker = new Worker(new URL('./worker-thread.ts', import.meta.url), {
      name: 'aios-agents',
      env,
      stdout: true,
      stderr: true,
      workerData: { offeredImports: options.offeredImports },
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMegabytes },
    });
    this.#worker.on('message', (message: FromThread) => this.#receive(message));
    this.#worker.on('error', (error) => this.#break(`it broke: ${error.message}`));
    this.#worker.on('exit', (code) => this.#break(`it ended with code ${code}`));
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) {
      stream
        .setEncoding('utf8')
        .on('data', (text: string) => this.#logger.info({ output: text.trimEnd() }, 'an agent printed'));
    }
  }

  get taskCount(): number {
    return this.#tasks.size;
  }

  describe(entry: string): Promise<AgentManifest> {
    this.#requests += 1;
    const description = Promise.withResolvers<AgentManifest>();
    this.#descriptions.set(this.#requests, description);
    this.#send({ type: 'describe', request: this.#requests, entry });
    return description.promise;
  }

  async run(task: Task): Promise<JsonValue> {
    if (this.#gone !== undefined) throw this.#gone;
    const running: RunningTask = { task, ended: Promise.withResolvers(), calls: new Map(), grace: undefined };
    const onAbort = () => this.#abort(running);
    task.signal.addEventListener('abort', onAbort, { once: true });
    this.#tasks.set(task.pid, running);
    try {
      this.#send({ type: 'start', task: task.pid, entry: task.entry, input: task.input });
      task.ending.addEventListener('abort', () => this.#end(task), { once: true });
      if (task.signal.aborted) onAbort();
      else if (task.ending.aborted) this.#end(task);
      return await running.ended.promise;
    } finally {
      task.signal.removeEventListener('abort', onAbort);
      clearTimeout(running.grace);
      this.#tasks.delete(task.pid);
    }
  }

  async terminate(why: string): Promise<void> {
    this.#break(why);
    await this.#worker.terminate();
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  /** Says that the agent should come to its end; one that has to at once is aborted instead. */
  #end({ pid, signal, ending }: Task): void {
    if (signal.aborted || !this.#tasks.has(pid)) return;
    this.#send({ type: 'end', task: pid, error: toAiosError(ending.reason).toProblem() });
  }

  #abort(running: RunningTask): void {
    const { task } = running;
    if (task.isDropped()) {
      this.#send({ type: 'drop', task: task.pid });
      running.ended.reject(task.signal.reason);
      return;
    }
    this.#send({ type: 'abort', task: task.pid, error: toAiosError(task.signal.reason).toProblem() });
    running.grace = setTimeout(() => {
      this.#logger.warn({ pid: task.pid }, 'an agent blocks its thread; the thread is stopped');
      void this.terminate(`process ${task.pid} blocked it`);
    }, abortGraceMs);
  }

  /** Ends everything that runs here; later calls do nothing. */
  #break(why: string): void {
    if (this.#gone !== undefined) return;
    this.#gone = new AiosError(
      'unavailable',
      `The thread of the agent is gone: ${why}. Start the agent again.`,
    );
    this.#onGone();
    for (const { ended } of this.#tasks.values()) ended.reject(this.#gone);
    for (const description of this.#descriptions.values()) description.reject(this.#gone);
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
        task.onSignal((signal) => this.#send({ type: 'signal', task: task.pid, signal }));
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
    const { task } = running;
    const { call, name, input, stream, deadlineMs } = message;
    const controller = new AbortController();
    running.calls.set(call, controller);
    const onChunk = stream
      ? (chunk: unknown) => this.#send({ type: 'chunk', task: task.pid, call, chunk })
      : undefined;
    let outcome: Outcome;
    try {
      const output = await task.line.request(name, input, { signal: controller.signal, deadlineMs, onChunk });
      outcome = { ok: true, output };
    } catch (error) {
      outcome = { ok: false, error: toAiosError(error).toProblem() };
    }
    running.calls.delete(call);
    this.#send({ type: 'reply', task: task.pid, call, outcome });
  }
}

function settle<Output>(waiting: PromiseWithResolvers<Output>, outcome: Outcome<Output>): void {
  if (outcome.ok) waiting.resolve(outcome.output);
  else waiting.reject(AiosError.fromProblem(outcome.error));
}
