import { importAgent, manifestOf } from '@aios/host';
import type { AgentManifest } from '@aios/protocol';
import type { Runtime, Task } from './runtime.ts';

/** Runs trusted agents inside the kernel’s own thread: no start-up and no copying, and no protection from the agent. */
export function createInlineRuntime(): Runtime {
  return {
    async describe(entry): Promise<AgentManifest> {
      return manifestOf(await importAgent(entry));
    },
    async run({ entry, input, line, ending, onSignal, started }: Task) {
      const definition = await importAgent(entry);
      started();
      return await definition.start(input, line, ending, onSignal);
    },
    async [Symbol.asyncDispose]() {
      // Holds nothing: its tasks end through their signals.
    },
  };
}
