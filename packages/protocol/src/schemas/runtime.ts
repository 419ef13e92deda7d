import { z } from 'zod';

/** Where the code of an agent runs. */
export const runtimeName = z
  .enum(['inline', 'worker', 'process', 'python', 'sandbox', 'remote'])
  .describe(
    'inline: in the kernel’s own thread, for trusted agents only; worker: in a thread that agents share; process: in a Node.js process of its own; python: in a Python process of its own, where agents in Python run; sandbox: like process or python, in a sandbox of bubblewrap; remote: in a program elsewhere that serves the agent',
  );
export type RuntimeName = z.infer<typeof runtimeName>;
