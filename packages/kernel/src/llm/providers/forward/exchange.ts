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
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const handler = new Exchange(receiver, signal, resolve, reject);
    dispatcher.dispatch({ path, method: 'POST', headers, body }, handler);
  });
}

/** An exchange that is under way, as undici tells of it. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #receiver: Receiver;
  readonly #signal: AbortSignal;
  readonly #resolve: () => void;
  readonly #reject: (reason: unknown) => void;
  readonly #onAbort = () => this.#stop(this.#signal.reason);
  #controller: Dispatcher.DispatchController | undefined;
  #ended: Error | undefined;

  constructor(
    receiver: Receiver,
    signal: AbortSignal,
    resolve: () => void,
    reject: (reason: unknown) => void,
  ) {
    this.#receiver = receiver;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#ended !== undefined) controller.abort(this.#ended);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (this.#ended !== undefined) return;
    try {
      this.#receiver.onHead(status, flat(headers));
    } catch (error) {
      this.#stop(error);
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, data: Buffer): void {
    if (this.#ended !== undefined) return;
    try {
      this.#receiver.onData(data);
    } catch (error) {
      this.#stop(error);
    }
  }

  onResponseEnd(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#resolve();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#reject(error);
  }

  #stop(reason: unknown): void {
    this.#ended ??= reason instanceof Error ? reason : new Error(String(reason));
    this.#controller?.abort(this.#ended);
    this.#reject(reason);
  }
}

function flat(headers: Record<string, string | string[] | undefined>): Headers {
  const result: Headers = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) result[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return result;
}
