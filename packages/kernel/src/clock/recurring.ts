export interface RecurringOptions {
  readonly everyMs: number;
  readonly run: () => Promise<void>;
  /** Of a run that failed; the next one follows. */
  readonly onError: (error: unknown) => void;
}

/** Does something now and again after each time, never twice at once. Disposing waits for a run that is under way. */
export function recurring({ everyMs, run, onError }: RecurringOptions): AsyncDisposable {
  const once = () => run().catch(onError);
  let running = once();
  const timer = setInterval(() => {
    running = running.then(once);
  }, everyMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}
