import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { EngineParameters } from './parameters.ts';
import type { EngineReport } from './server.ts';

export interface EngineProcess extends AsyncDisposable {
  /** Such as http://127.0.0.1:41234; the interface is under /v1. */
  readonly origin: string;
  readonly pid: number;
  /** What was logged since the last report, and how well the engine kept its time since it started. */
  report(): Promise<EngineReport>;
}

/** Starts an engine as a process of its own; it ends with this one at the latest. */
export async function startEngineProcess(parameters: EngineParameters): Promise<EngineProcess> {
  const child = fork(join(import.meta.dirname, 'engine-main.ts'), [JSON.stringify(parameters)]);
  const exited = once(child, 'exit');
  const message: unknown = await Promise.race([
    once(child, 'message').then(([first]: unknown[]) => first),
    exited.then(([code]) => {
      throw new Error(`The engine ended with exit code ${code} before it was ready.`);
    }),
  ]);
  const origin = String(message);
  return {
    origin,
    pid: child.pid ?? 0,
    report: async () => {
      const response = await fetch(`${origin}/report`);
      // Written by the server in this folder.
      return (await response.json()) as EngineReport;
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
