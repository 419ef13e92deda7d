import type { AgentManifest, JsonValue } from '@aios/protocol';
import type { Logger } from '../../../telemetry/index.ts';
import type { Runtime, Task } from '../runtime.ts';
import { Child } from './child.ts';
import type { Program } from './program.ts';

export interface ChildRuntimeOptions {
  /** The program that runs the agent in this file. May throw an AiosError that says what is missing. */
  readonly program: (entry: string) => Program | Promise<Program>;
  /** Largest frame that a child may send. */
  readonly maxFrameBytes: number;
  readonly logger: Logger;
}

/** Runs each agent in a child process of its own. */
export function createChildRuntime({ program, maxFrameBytes, logger }: ChildRuntimeOptions): Runtime {
  const ending = new Set<Promise<void>>();

  /** The child ends by itself from here on, while whoever waited for its agent goes on. */
  function leave(child: Child): Promise<void> {
    const gone = child[Symbol.asyncDispose]().catch((error: unknown) => {
      logger.error({ error }, 'a child process could not be ended');
    });
    ending.add(gone);
    void gone.finally(() => ending.delete(gone));
    return gone;
  }

  return {
    async describe(entry): Promise<AgentManifest> {
      const onPrinted = (_stream: string, text: string) => logger.info({ output: text }, 'an agent printed');
      const child = new Child({ program: await program(entry), maxFrameBytes, onPrinted });
      try {
        return await child.connection.describe(entry);
      } finally {
        void leave(child);
      }
    },
    async run(task: Task): Promise<JsonValue> {
      const started = await program(task.entry);
      task.signal.throwIfAborted();
      const child = new Child({ program: started, maxFrameBytes, onPrinted: task.printed });
      try {
        return await child.connection.run(task);
      } finally {
        // What it printed stands in its log before its end does.
        const gone = leave(child);
        if (!task.signal.aborted) await gone;
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(ending);
    },
  };
}
