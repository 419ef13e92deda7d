import type { EventFilter, KernelEvent } from '@aios/protocol';
import { AiosError } from '@aios/protocol';
import { type Aios, createClient } from '../aios.ts';
import { eventStream } from './event-stream.ts';
import type { Endpoint } from './explain-failure.ts';
import { KernelConnection, type SubscribeOptions } from './kernel-connection.ts';
import { locateKernel } from './locate-kernel.ts';

export type { SubscribeOptions };

export interface ConnectOptions {
  /** Such as `http://127.0.0.1:8000`. Else AIOS_URL, else the kernel that runs on the home, else that very address. */
  url?: string;
  /** Else AIOS_TOKEN, else what stands in the home’s `credentials`. */
  token?: string;
  /** Folder of the installation, whose kernel is meant whatever AIOS_URL and AIOS_TOKEN say. Else AIOS_HOME, else `~/.aios`. */
  home?: string;
  /** Gives up connecting; has no effect once connected. */
  signal?: AbortSignal;
}

/** What a client has besides the system calls. */
interface Connection extends AsyncDisposable {
  /** The kernel’s address. */
  readonly url: string;
  /**
   * Calls the listener for each event from now on; resolves once the kernel has said that it sends them. Dispose the answer,
   * or abort the signal, to stop.
   */
  subscribe(
    filter: EventFilter,
    listener: (event: KernelEvent) => void,
    options?: SubscribeOptions,
  ): Promise<Disposable>;
  /** The events as something to loop over, from the first step of the loop on. Leaving the loop ends the subscription. */
  events(filter?: EventFilter, options?: { signal?: AbortSignal }): AsyncIterable<KernelEvent>;
  /** Ends the connection; open calls fail with `cancelled`. */
  close(): Promise<void>;
}

export type Client = Aios & Connection;

/**
 * Connects to a kernel over one WebSocket, which carries all calls and subscriptions. Should it break, what is open fails
 * with `unavailable` and the next call connects anew. Throws `unavailable` when no kernel answers, `unauthenticated` when
 * it refuses the token.
 */
export async function connect(options: ConnectOptions = {}): Promise<Client> {
  const endpoint: Endpoint = await locateKernel(options);
  const connection = new KernelConnection(endpoint);
  const close = (): Promise<void> => connection.close(new AiosError('cancelled', 'The client was closed.'));
  try {
    await connection.open(options.signal);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...createClient(connection),
    url: endpoint.url.origin,
    subscribe: (filter, listener, subscribeOptions) =>
      connection.subscribe(filter, listener, subscribeOptions),
    events: (filter = {}, { signal } = {}) => eventStream(connection, filter, signal),
    close,
    [Symbol.asyncDispose]: close,
  };
}
