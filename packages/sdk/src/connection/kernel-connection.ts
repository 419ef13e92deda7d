import {
  AiosError,
  type CallOptions,
  type ClientFrame,
  type EventFilter,
  type KernelEvent,
  type ServerFrame,
  type SyscallChannel,
  type SyscallName,
  type SyscallOutput,
  type SyscallRequest,
  toAiosError,
} from '@aios/protocol';
import { parseChunk, parseOutput } from './answer.ts';
import type { Endpoint } from './explain-failure.ts';
import { type Exchange, OpenExchanges } from './open-exchanges.ts';
import { openSocket, type Socket } from './socket.ts';

export interface SubscribeOptions {
  signal?: AbortSignal;
  /** Called when the subscription ends by itself, such as when the connection is lost. */
  onEnd?: (error: AiosError) => void;
}

/** One connection and what is open on it. */
interface Link {
  readonly socket: Socket;
  readonly exchanges: OpenExchanges;
}

/** `setTimeout` knows no longer time. */
const maxTimerMs = 2 ** 31 - 1;

/** A channel to a kernel elsewhere. Connects when needed, anew after a connection was lost. */
export class KernelConnection implements SyscallChannel {
  readonly #endpoint: Endpoint;
  #link: Promise<Link> | undefined;
  #closed: AiosError | undefined;
  readonly #closing = new AbortController();

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  async open(signal?: AbortSignal): Promise<void> {
    await this.#connected(signal);
  }

  async call<Name extends SyscallName>(
    name: Name,
    input: SyscallRequest<Name>,
    options: CallOptions<Name> = {},
  ): Promise<SyscallOutput<Name>> {
    const { onChunk, deadlineMs } = options;
    const signal = signalOf(options);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const exchange: Exchange = {
      onDone: resolve,
      onError: reject,
      ...(onChunk && { onChunk: (chunk) => onChunk(parseChunk(name, chunk)) }),
    };
    const link = await this.#connected(signal);
    const frame = {
      type: 'call',
      name,
      input,
      ...(onChunk && { stream: true }),
      ...(deadlineMs && { deadlineMs }),
    };
    using _open = begin(link, exchange, (id) => ({ ...frame, type: 'call', id }), 'cancel', signal);
    return parseOutput(name, await promise);
  }

  async subscribe(
    filter: EventFilter,
    listener: (event: KernelEvent) => void,
    options: SubscribeOptions = {},
  ): Promise<Disposable> {
    const { signal, onEnd } = options;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    let active = false;
    const exchange: Exchange = {
      onEvent: listener,
      onDone: (output) => {
        active = true;
        resolve(output);
      },
      onError: (error) => {
        open[Symbol.dispose]();
        if (active) onEnd?.(error);
        else reject(error);
      },
    };
    const link = await this.#connected(signal);
    const open = begin(link, exchange, (id) => ({ type: 'subscribe', id, filter }), 'unsubscribe', signal);
    await promise;
    return open;
  }

  /** Fails what is open with this error and takes no more calls. */
  async close(reason: AiosError): Promise<void> {
    this.#closed = reason;
    this.#closing.abort(reason);
    // A connection that could not be made has nothing to close, and its error went to who asked for it.
    const link = await this.#link?.catch(() => undefined);
    link?.exchanges.failAll(reason);
    await link?.socket.close();
  }

  async #connected(signal: AbortSignal | undefined): Promise<Link> {
    if (this.#closed) throw this.#closed;
    if (signal?.aborted) throw abortError(signal);
    this.#link ??= this.#connect();
    return await abortable(this.#link, signal);
  }

  async #connect(): Promise<Link> {
    const exchanges = new OpenExchanges();
    try {
      const onEnd = (error: AiosError): void => {
        this.#link = undefined;
        exchanges.failAll(error);
      };
      const listener = { onFrame: (frame: ServerFrame) => exchanges.deliver(frame), onEnd };
      const socket = await openSocket(this.#endpoint, listener, this.#closing.signal);
      return { socket, exchanges };
    } catch (error) {
      this.#link = undefined;
      throw toAiosError(error);
    }
  }
}

/** Sends the opening frame; disposing, or the signal, tells the kernel that nobody waits any longer. */
function begin(
  { socket, exchanges }: Link,
  exchange: Exchange,
  frameOf: (id: number) => ClientFrame,
  ending: 'cancel' | 'unsubscribe',
  signal: AbortSignal | undefined,
): Disposable {
  if (signal?.aborted) throw abortError(signal);
  const id = exchanges.add(exchange);
  const end = (): void => {
    signal?.removeEventListener('abort', abort);
    if (exchanges.remove(id)) socket.send({ type: ending, id });
  };
  const abort = (): void => {
    end();
    if (signal) exchange.onError(abortError(signal));
  };
  signal?.addEventListener('abort', abort, { once: true });
  socket.send(frameOf(id));
  return { [Symbol.dispose]: end };
}

function signalOf({ signal, deadlineMs }: Pick<CallOptions<SyscallName>, 'signal' | 'deadlineMs'>) {
  if (deadlineMs === undefined) return signal;
  const deadline = AbortSignal.timeout(Math.min(deadlineMs, maxTimerMs));
  return signal ? AbortSignal.any([signal, deadline]) : deadline;
}

async function abortable<Result>(promise: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (!signal) return await promise;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(abortError(signal));
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** The reason of an abort; one that is no error of ours, nor a timeout, means that the caller cancelled. */
function abortError({ reason }: AbortSignal): AiosError {
  const error = toAiosError(reason);
  if (error.code !== 'internal' || AiosError.isInstance(reason)) return error;
  return new AiosError('cancelled', 'The call was cancelled.', { cause: reason });
}
