import { join } from 'node:path';
import { AiosError } from '@aios/protocol';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import { z } from 'zod';
import type { Driver } from './driver.ts';
import type { CallRecord } from './program.ts';

/** How the kernel is set where a scenario wants it otherwise than usual. */
export interface KernelSettings {
  /** Whether it may let fewer programs at the engine; it may when absent. */
  readonly window?: boolean;
}

export interface KernelOptions extends KernelSettings {
  /** Of the engine. */
  readonly origin: string;
  readonly model: string;
  /** Calls at the same time that the kernel lets through. */
  readonly concurrency: number;
  readonly policy: string;
  readonly timeScale: number;
}

export interface KernelDriver extends Driver {
  readonly installation: Installation;
}

const output = z.array(z.tuple([z.string(), z.number(), z.number()]));

/** Every program is a process of a booted kernel, and every call of it a system call. */
export async function openKernel(options: KernelOptions): Promise<KernelDriver> {
  const installation = await bootInstallation({
    config: JSON.stringify(configOf(options)),
    agentFolders: [join(import.meta.dirname, 'agents')],
  });
  if (!hasPolicy(installation, options.policy)) {
    await installation[Symbol.asyncDispose]();
    throw new AiosError('failed_precondition', `The kernel has no policy "${options.policy}".`);
  }
  const { session } = installation;
  return {
    installation,
    async run(program): Promise<readonly CallRecord[]> {
      const input = JSON.parse(JSON.stringify({ program, timeScale: options.timeScale }));
      const { pid } = await session.call('process.spawn', { agent: program.agent, input });
      const end = await session.call('process.wait', { pid });
      if (end.state !== 'succeeded') throw new Error(`Process ${pid} ${end.state}: ${JSON.stringify(end)}`);
      return output.parse(end.output);
    },
    [Symbol.asyncDispose]: () => installation[Symbol.asyncDispose](),
  };
}

function configOf({ origin, model, concurrency, policy, window = true }: KernelOptions) {
  const entry = { name: 'engine', backend: 'vllm', hostname: origin, model, concurrency };
  return {
    llms: { models: [entry] },
    // As patient as the clients without a kernel: no call is refused for the number of those that wait.
    scheduler: { max_queued: 100_000, policy, admission_window: window },
  };
}

/** A kernel that knows one policy only has no key for it, and ignores the key. */
function hasPolicy({ kernel }: Installation, policy: string): boolean {
  const scheduler: Record<string, unknown> = kernel.config.scheduler;
  return (scheduler.policy ?? 'fifo') === policy;
}
