import { bootKernel, type Kernel, type KernelOptions } from '@aios/kernel';
import { type Server, startServer } from './server.ts';

export interface RunKernelOptions extends KernelOptions {
  /** Port to listen on, 0 for a free one; that of the configuration when absent. */
  readonly port?: number | undefined;
  /** Address to listen on; that of the configuration when absent. */
  readonly host?: string | undefined;
}

/** A whole installation that runs: a kernel and its server. Disposing drains and closes both. */
export interface RunningKernel extends AsyncDisposable {
  readonly url: string;
  readonly kernel: Kernel;
  readonly server: Server;
}

/** Boots a kernel on a home, serves it, and writes down where clients of this machine find it. */
export async function runKernel(options: RunKernelOptions): Promise<RunningKernel> {
  await using booting = new AsyncDisposableStack();
  const kernel = await bootKernel(options);
  booting.defer(() => kernel.close({ drainMs: 0 }));
  const { host, port } = options;
  const server = booting.use(await startServer({ kernel, host, port, logger: kernel.logger }));
  await kernel.announce(server.url);
  booting.move();
  return { url: server.url, kernel, server, [Symbol.asyncDispose]: () => server.close() };
}
