import { availableParallelism } from 'node:os';
import type { AgentManifest, JsonValue } from '@aios/protocol';
import type { Logger } from '../../telemetry/index.ts';
import { AgentThread } from './agent-thread.ts';
import type { Runtime, Task } from './runtime.ts';

export interface WorkerRuntimeOptions {
  readonly maxThreads: number;
  readonly logger: Logger;
  /** Modules that agents may import although their folder has no copy: specifier to URL. */
  readonly offeredImports: Readonly<Record<string, string>>;
}

/** Runs agents in a pool of threads, many on each. Threads are started when they are needed; one that breaks is replaced. */
export function createWorkerRuntime(options: WorkerRuntimeOptions): Runtime {
  const maxThreads = Math.max(1, Math.min(options.maxThreads, availableParallelism()));
  const threads = new Set<AgentThread>();

  function pick(): AgentThread {
    const idle = [...threads].sort((left, right) => left.taskCount - right.taskCount)[0];
    if (idle !== undefined && (idle.taskCount === 0 || threads.size >= maxThreads)) return idle;
    const thread: AgentThread = new AgentThread(options, () => threads.delete(thread));
    threads.add(thread);
    return thread;
  }

  return {
    describe: (entry): Promise<AgentManifest> => pick().describe(entry),
    run: (task: Task): Promise<JsonValue> => pick().run(task),
    async [Symbol.asyncDispose]() {
      await Promise.all([...threads].map((thread) => thread.terminate('the kernel closes')));
    },
  };
}
