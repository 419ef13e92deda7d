import type { Dispatcher } from 'undici';

type Headers = Record<string, string>;

export interface Receiver {
  onHead(status: number, headers: Headers): void;
  onData(data: Buffer): void;
}

interface ExchangeOptions {
  readonly dispatcher: Dispatcher;
  readonly path: string;
  /** Names and values in turn, the form that costs least. */
  readonly headers: string[];
  readonly body: string;
  readonly signal: AbortSignal;
}

/**
 * Sends a request and hands over what comes, as it comes. Rejects with the signal’s reason, with what the receiver threw or
 * with the error of the connection. Straight on undici’s dispatcher: no streams, no `fetch`, which cost several times more.
 */
export function exchange(options: ExchangeOptions, receiver: Receiver): Promise<void> {
  const { dispatcher, path, headers, body, signal } = options;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let controller: Dispatcher.DispatchController | undefined;
  let ended: Error | undefined;
  const stop = (reason: unknown) => {
    ended ??= reason instanceof Error ? reason : new Error(String(reason));
    controller?.abort(ended);
    reject(reason);
  };
  const onAbort = () => stop(signal.reason);
  const guarded = (step: () => void) => {
    if (ended !== undefined) return;
    try {
      step();
    } catch (error) {
      stop(error);
    }
  };
  if (signal.aborted) return Promise.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const over = () => signal.removeEventListener('abort', onAbort);
  dispatcher.dispatch(
    { path, method: 'POST', headers, body },
    {
      onRequestStart(started) {
        controller = started;
        if (ended !== undefined) started.abort(ended);
      },
      onResponseStart(_controller, status, received) {
        guarded(() => receiver.onHead(status, flat(received)));
      },
      onResponseData(_controller, data) {
        guarded(() => receiver.onData(data));
      },
      onResponseEnd() {
        over();
        resolve();
      },
      onResponseError(_controller, error) {
        over();
        reject(error);
      },
    },
  );
  return promise;
}

function flat(headers: Record<string, string | string[] | undefined>): Headers {
  const result: Headers = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) result[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return result;
}
