import { availableParallelism } from 'node:os';
import type { AgentManifest, JsonValue } from '@aios/protocol';
import type { AgentThreadOptions } from './agent-thread.ts';
import type { Runtime, Task } from './runtime.ts';
import { ThreadPool } from './thread-pool.ts';

export interface WorkerRuntimeOptions extends AgentThreadOptions {
  readonly maxThreads: number;
}

/**
 * Runs agents in threads, many on each. Those that have broken a thread before have threads of their own, as many again, so
 * that they harm nobody who has not.
 */
export function createWorkerRuntime(options: WorkerRuntimeOptions): Runtime {
  const size = Math.max(1, Math.min(options.maxThreads, availableParallelism()));
  const trusted = new ThreadPool(options, size);
  const suspect = new ThreadPool(options, size);
  return {
    describe: (entry): Promise<AgentManifest> =>
      trusted.run(
        (thread) => thread.describe(entry),
        () => true,
      ),
    async run(task: Task): Promise<JsonValue> {
      const pool = task.isSuspect ? suspect : trusted;
      let hasStarted = false;
      const started = () => {
        hasStarted = true;
        task.started();
      };
      try {
        return await pool.run(
          (thread) => thread.run({ ...task, started }),
          () => !hasStarted && !task.signal.aborted,
        );
      } finally {
        if (task.isSuspect) await suspect.shrink();
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([trusted.close(), suspect.close()]);
    },
  };
}
