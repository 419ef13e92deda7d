import { AiosError } from '@aios/protocol';

/** What can end a call early, as one signal, and what must be taken down after it. */
export interface CallSignal extends Disposable {
  readonly signal: AbortSignal;
}

/** Joins signals with a deadline. */
export function callSignal(
  signals: readonly (AbortSignal | undefined)[],
  deadlineMs: number | undefined,
): CallSignal {
  const controller = new AbortController();
  using cleanup = new DisposableStack();
  for (const signal of signals) {
    if (signal === undefined) continue;
    const onAbort = () => controller.abort(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    cleanup.defer(() => signal.removeEventListener('abort', onAbort));
  }
  if (deadlineMs !== undefined) {
    const timer = setTimeout(() => {
      const message = `The call was not done within its deadline of ${deadlineMs} ms. Allow more time or ask for less.`;
      controller.abort(new AiosError('deadline_exceeded', message));
    }, deadlineMs);
    cleanup.defer(() => clearTimeout(timer));
  }
  const kept = cleanup.move();
  return { signal: controller.signal, [Symbol.dispose]: () => kept.dispose() };
}
