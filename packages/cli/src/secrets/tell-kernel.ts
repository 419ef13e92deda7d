import { AiosError } from '@aios/protocol';
import { connect, readKernelInfo } from '@aios/sdk';

/** What the kernel of a home made of a change. */
export type KernelAnswer =
  | { readonly kernel: 'none' }
  | { readonly kernel: 'refreshed'; readonly url: string; readonly restartNeeded: readonly string[] }
  | { readonly kernel: 'refused'; readonly url: string; readonly reason: string };

/** Has the kernel that runs on a home, if one does, read its files again. */
export async function tellKernel(home: string): Promise<KernelAnswer> {
  const info = await readKernelInfo(home);
  if (info === undefined) return { kernel: 'none' };
  const { url } = info;
  try {
    await using client = await connect({ url, home });
    const { restartNeeded } = await client.kernel.refresh();
    return { kernel: 'refreshed', url, restartNeeded };
  } catch (error) {
    if (!AiosError.isInstance(error)) throw error;
    // kernel.json outlives a kernel that crashed.
    if (error.details?.connection === 'failed') return { kernel: 'none' };
    return { kernel: 'refused', url, reason: error.message };
  }
}
