import type { Logger } from '../telemetry/index.ts';

const everyMs = 600_000;

/** Sweeps now and every ten minutes. Disposing waits for a sweep that runs. A sweep that fails is logged; the next one follows. */
export function keepSwept(sweep: () => Promise<void>, logger: Logger, what: string): AsyncDisposable {
  const run = () =>
    sweep().catch((error: unknown) => logger.warn({ err: error }, `${what} that expired were not removed`));
  let running = run();
  const timer = setInterval(() => {
    running = running.then(run);
  }, everyMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}
