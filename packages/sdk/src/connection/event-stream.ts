import { AiosError, type EventFilter, type KernelEvent } from '@aios/protocol';
import type { KernelConnection } from './kernel-connection.ts';

/** Events that a slow reader may leave waiting. */
const maxWaiting = 10_000;

/** Turns a subscription into something to loop over. Ends with an error when the connection does. */
export async function* eventStream(
  connection: KernelConnection,
  filter: EventFilter,
  signal: AbortSignal | undefined,
): AsyncGenerator<KernelEvent, void, undefined> {
  const waiting: KernelEvent[] = [];
  let failure: AiosError | undefined;
  let wake = Promise.withResolvers<void>();
  const fail = (error: AiosError): void => {
    failure ??= error;
    wake.resolve();
  };
  using _subscription = await connection.subscribe(
    filter,
    (event) => {
      if (waiting.length < maxWaiting) waiting.push(event);
      else
        fail(
          new AiosError(
            'unavailable',
            `More than ${maxWaiting} events wait to be read. Read faster, or filter.`,
          ),
        );
      wake.resolve();
    },
    { onEnd: fail, ...(signal && { signal }) },
  );
  for (;;) {
    for (let event = waiting.shift(); event; event = waiting.shift()) yield event;
    if (signal?.aborted) return;
    if (failure) throw failure;
    await wake.promise;
    wake = Promise.withResolvers<void>();
  }
}
