import { once } from 'node:events';
import { join } from 'node:path';
import { type Child, firstUrl, startChild } from './child.ts';
import { direct, type Gateway, startAios, startLiteLlm, startPortkey, startProxy } from './gateways.ts';
import type { LoadOrder, LoadReport } from './load-order.ts';
import { peers } from './peers.ts';

/** What an order asks for beside the gateway’s own. */
export type Wish = Pick<LoadOrder, 'connections' | 'durationMs'> & Partial<LoadOrder>;

export type Measured = LoadReport & {
  /** CPU time of the gateway for one request. */
  readonly cpuMsPerRequest: number;
  readonly perSecond: number;
};

/** The mock and the load generators on one core, all gateways on the other; one of them works at a time. */
export class Bed implements AsyncDisposable {
  readonly gateways: readonly Gateway[];
  readonly #generators: readonly Child[];
  readonly #stack: AsyncDisposableStack;

  private constructor(
    gateways: readonly Gateway[],
    generators: readonly Child[],
    stack: AsyncDisposableStack,
  ) {
    this.gateways = gateways;
    this.#generators = generators;
    this.#stack = stack;
  }

  static async start(progress: (line: string) => void): Promise<Bed> {
    await using starting = new AsyncDisposableStack();
    const node = (file: string) =>
      starting.use(startChild(0, process.execPath, [join(import.meta.dirname, file)], { ipc: true }));
    const mock = await firstUrl(node('mock.ts'));
    const generators = [node('load.ts'), node('load.ts')];
    await Promise.all(generators.map(firstUrl));
    const optional = async (label: string, start: () => Promise<Gateway | undefined>) => {
      const gateway = await start().catch((error: unknown) => {
        progress(`${label}: ${String(error).slice(0, 400)}`);
        return undefined;
      });
      if (gateway === undefined) progress(`SKIPPED: ${label} is not installed or does not start.`);
      return gateway;
    };
    const gateways = [
      direct(mock),
      await startProxy(mock),
      await startAios(mock),
      await optional(peers.portkey.label, () => startPortkey(mock, peers)),
      await optional(peers.litellm.label, () => startLiteLlm(mock, peers)),
    ].filter((gateway) => gateway !== undefined);
    for (const gateway of gateways) starting.use(gateway);
    return new Bed(gateways, generators, starting.move());
  }

  /** One measurement; the second generator is for load beside it. */
  async measure(gateway: Gateway, wish: Wish, generator = 0): Promise<Measured> {
    const child = this.#generators[generator]?.process;
    if (child === undefined) throw new Error('There is no such generator.');
    const { url, path, headers } = gateway;
    const order = { url, path, headers, model: 'mock', promptTokens: 1000, stream: false, ...wish };
    const cpuBefore = gateway.child?.cpuMs() ?? 0;
    child.send(order);
    const [report] = (await once(child, 'message')) as [LoadReport];
    const requests = report.latencies.length + report.failed;
    return {
      ...report,
      cpuMsPerRequest: ((gateway.child?.cpuMs() ?? 0) - cpuBefore) / requests,
      perSecond: report.latencies.length / report.seconds,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
