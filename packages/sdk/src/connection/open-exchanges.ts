import { AiosError, type KernelEvent, type ServerFrame, toAiosError } from '@aios/protocol';

/** Who waits for the frames of one id. */
export interface Exchange {
  onChunk?(chunk: unknown): void;
  onEvent?(event: KernelEvent): void;
  /** The kernel has done it: the output of a call, nothing for a subscription. */
  onDone(output: unknown): void;
  onError(error: AiosError): void;
}

/** What is open on a connection: hands each frame to whoever waits for it. Frames of what was given up are dropped. */
export class OpenExchanges {
  readonly #exchanges = new Map<number, Exchange>();
  #lastId = 0;

  add(exchange: Exchange): number {
    this.#lastId += 1;
    this.#exchanges.set(this.#lastId, exchange);
    return this.#lastId;
  }

  /** Whether it was still open. */
  remove(id: number): boolean {
    return this.#exchanges.delete(id);
  }

  deliver(frame: ServerFrame): void {
    if (frame.type === 'error' && frame.id === null) {
      this.failAll(AiosError.fromProblem(frame.error));
      return;
    }
    const exchange = frame.id === null ? undefined : this.#exchanges.get(frame.id);
    if (frame.id === null || !exchange) return;
    switch (frame.type) {
      case 'chunk':
        guard(exchange, () => exchange.onChunk?.(frame.chunk));
        return;
      case 'event':
        guard(exchange, () => exchange.onEvent?.(frame.event));
        return;
      case 'subscribed':
        exchange.onDone(undefined);
        return;
      case 'result':
        this.#exchanges.delete(frame.id);
        exchange.onDone(frame.output);
        return;
      case 'error':
        this.#exchanges.delete(frame.id);
        exchange.onError(AiosError.fromProblem(frame.error));
    }
  }

  failAll(error: AiosError): void {
    const exchanges = [...this.#exchanges.values()];
    this.#exchanges.clear();
    for (const exchange of exchanges) exchange.onError(error);
  }
}

/** A listener that throws ends its own call or subscription and nothing else. */
function guard(exchange: Exchange, listener: () => void): void {
  try {
    listener();
  } catch (thrown) {
    exchange.onError(toAiosError(thrown));
  }
}
