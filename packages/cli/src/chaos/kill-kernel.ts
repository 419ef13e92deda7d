import type { Client } from '@aios/sdk';
import type { Kill } from './aftermath.ts';
import type { Cell } from './cells.ts';
import { type KernelChild, startKernelChild } from './kernel-child.ts';
import { lookBack, type Scene, spawnMissing } from './scene.ts';
import { callOf, outsideKinds, type Plan } from './steps.ts';

const hitWithinMs = 20_000;

/** Lets a kernel run until it kills itself at the boundary, or until the outside world has what it is killed for. */
export async function killKernel(scene: Scene, cell: Cell, plans: readonly Plan[]): Promise<Kill> {
  const { home, world, databaseUrl } = scene;
  world.generation += 1;
  const cutOff: string[] = [];
  const isOutside = cell.boundary === 'at-provider';
  const kernel = await startKernelChild({
    home,
    bank: world.url,
    databaseUrl,
    ...(!isOutside && { fault: `${cell.boundary}:${callOf[cell.kind]}` }),
  });
  let isHit = true;
  if (kernel !== undefined) {
    await using running = kernel;
    world.interceptNext(isOutside ? outsideKinds.find((kind) => kind === cell.kind) : undefined, (key) => {
      cutOff.push(key);
      running.kill();
      return undefined;
    });
    await whileItLives(running, async (client) => {
      await lookBack(scene, running);
      await spawnMissing(client, scene.plans);
    });
    isHit = await goneWithin(running, hitWithinMs);
    if (!isHit) running.kill();
    await running.gone;
    world.interceptNext(undefined, () => undefined);
  }
  return { cell, plans, isHit, killedAt: Date.now(), cutOff, unknown: [], recoveryMs: Number.NaN };
}

/** Work that ends early, and well, when the kernel dies. */
async function whileItLives(kernel: KernelChild, work: (client: Client) => Promise<void>): Promise<void> {
  const outcome = await Promise.race([
    work(kernel.client).then(
      () => undefined,
      (error: unknown) => ({ error }),
    ),
    kernel.gone.then(() => undefined),
  ]);
  if (outcome !== undefined && !(await goneWithin(kernel, 1000))) throw outcome.error;
}

export async function goneWithin({ gone }: KernelChild, timeoutMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), timeoutMs);
  void gone.then(() => resolve(true));
  const isGone = await promise;
  clearTimeout(timer);
  return isGone;
}
