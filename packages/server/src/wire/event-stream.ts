import type { FastifyReply } from 'fastify';
import type { ServerLimits } from '../limits.ts';

export interface StreamedEvent {
  readonly event: string;
  readonly data: unknown;
  readonly id?: string | number;
}

export const eventStreamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

/**
 * Server-Sent Events to one reader. A reader that lets more than the allowed bytes pile up is cut off; `closed` then fires
 * as it does when the reader goes away.
 */
export class EventStream {
  readonly #reply: FastifyReply;
  readonly #maxBytes: number;
  readonly #heartbeat: NodeJS.Timeout;
  /** Fires when the stream has ended, whoever ended it. */
  readonly closed: Promise<void>;

  constructor(reply: FastifyReply, limits: ServerLimits) {
    this.#reply = reply;
    this.#maxBytes = limits.sendBufferBytes;
    reply.hijack();
    const response = reply.raw;
    for (const [name, value] of Object.entries({ ...reply.getHeaders(), ...eventStreamHeaders })) {
      if (value !== undefined) response.setHeader(name, value);
    }
    response.flushHeaders();
    this.#heartbeat = setInterval(() => this.#write(': heartbeat\n\n'), limits.heartbeatMs).unref();
    this.closed = new Promise((resolve) => {
      response.once('close', () => {
        clearInterval(this.#heartbeat);
        resolve();
      });
    });
  }

  send({ event, data, id }: StreamedEvent): void {
    const line = id === undefined ? '' : `id: ${id}\n`;
    this.#write(`${line}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  async end(): Promise<void> {
    this.#reply.raw.end();
    await this.closed;
  }

  #write(text: string): void {
    const response = this.#reply.raw;
    if (response.destroyed || response.writableEnded) return;
    if (response.writableLength > this.#maxBytes) {
      this.#reply.log.warn(
        { waitingBytes: response.writableLength, requestId: this.#reply.request.id },
        'stream closed: its reader is too slow',
      );
      response.destroy();
      return;
    }
    response.write(text);
  }
}
