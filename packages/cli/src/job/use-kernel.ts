import { AiosError } from '@aios/protocol';
import { type Client, connect, readKernelInfo } from '@aios/sdk';
import { openKernelLog } from '../kernel-log.ts';
import { outliveRejections } from '../outlive-rejections.ts';
import { shipped } from '../shipped.ts';

/** A kernel to work with: one that runs already, or one that was booted for the purpose and ends with it. */
export interface UsedKernel extends AsyncDisposable {
  readonly client: Client;
  readonly url: string;
  /** Milliseconds that booting took; absent when it ran before. */
  readonly bootMs?: number;
  /** The file that the log goes to, where this program writes it. */
  readonly log?: string;
}

/** Uses the kernel that runs on a home, or boots one there. */
export async function useKernel(home: string): Promise<UsedKernel> {
  return (await findKernel(home)) ?? (await bootKernel(home));
}

async function findKernel(home: string): Promise<UsedKernel | undefined> {
  const info = await readKernelInfo(home);
  if (!info) return undefined;
  try {
    const client = await connect({ url: info.url, home });
    return { client, url: client.url, [Symbol.asyncDispose]: () => client.close() };
  } catch (error) {
    // kernel.json outlives a kernel that crashed.
    if (AiosError.isInstance(error) && error.code === 'unavailable') return undefined;
    throw error;
  }
}

async function bootKernel(home: string): Promise<UsedKernel> {
  const startedAt = performance.now();
  await using resources = new AsyncDisposableStack();
  const { createLogger, runKernel } = await import('@aios/server');
  const { path, file } = await openKernelLog(home);
  const stream = file.createWriteStream();
  resources.defer(async () => {
    await new Promise((resolve) => stream.end(resolve));
  });
  const running = resources.use(
    await runKernel({ home, env: process.env, ...shipped, logger: createLogger('info', stream) }),
  );
  resources.use(outliveRejections(running.kernel.logger));
  const bootMs = performance.now() - startedAt;
  const { url } = running;
  const client = resources.use(await connect({ url, home }));
  const kept = resources.move();
  return { client, url, bootMs, log: path, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
