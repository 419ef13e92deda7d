import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject } from '@aios/protocol';

/** A request as it came, and what became of its connection. */
export interface RecordedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** Empty where there was none or it was not a JSON object. */
  body: JsonObject;
  /** The body as it was sent. */
  text: string;
  /** Resolves when the client goes away before it has the whole response. */
  disconnected: Promise<void>;
}

/** Keeps every request, and lets a test wait for one. */
export class Recorder {
  readonly requests: RecordedRequest[] = [];
  readonly #waiting: { index: number; resolve: (request: RecordedRequest) => void }[] = [];

  record(
    incoming: IncomingMessage,
    response: ServerResponse,
    { text, body }: Pick<RecordedRequest, 'text' | 'body'>,
  ): RecordedRequest {
    const { promise, resolve } = Promise.withResolvers<void>();
    response.once('close', () => {
      if (!response.writableFinished) resolve();
    });
    const request: RecordedRequest = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body,
      text,
      disconnected: promise,
    };
    const index = this.requests.push(request) - 1;
    for (const waiter of this.#waiting) if (waiter.index === index) waiter.resolve(request);
    return request;
  }

  /** The request of this place, counted from 0; waits until it comes. */
  at(index: number): Promise<RecordedRequest> {
    const request = this.requests[index];
    if (request !== undefined) return Promise.resolve(request);
    const { promise, resolve } = Promise.withResolvers<RecordedRequest>();
    this.#waiting.push({ index, resolve });
    return promise;
  }
}
