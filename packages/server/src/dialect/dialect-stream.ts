import type { FastifyReply } from 'fastify';
import type { ServerLimits } from '../limits.ts';
import { eventStreamHeaders } from '../wire/event-stream.ts';

/** An event on the wire. Vendors name the event or do not. */
export function frameOf(data: unknown, event?: string): string {
  const line = event === undefined ? '' : `event: ${event}\n`;
  return `${line}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}

/**
 * Server-Sent Events in a vendor’s format. The response begins with the first frame, so that a call that is refused before is
 * answered with a status; a call that waits longer than a heartbeat begins it with a comment, and goes on with one each
 * heartbeat, so that neither the client nor a proxy gives up. A reader that lets too much pile up is cut off.
 */
export class DialectStream {
  readonly #reply: FastifyReply;
  readonly #maxBytes: number;
  readonly #keepAlive: NodeJS.Timeout;
  #begun = false;

  constructor(reply: FastifyReply, { sendBufferBytes, heartbeatMs }: ServerLimits) {
    this.#reply = reply;
    this.#maxBytes = sendBufferBytes;
    this.#keepAlive = setInterval(() => this.send(': ping\n\n'), heartbeatMs).unref();
  }

  /** Whether the client has been told that all is well, so that an error can only be told in the stream. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Sends a frame at once. */
  send(frame: string | Uint8Array): void {
    const response = this.#reply.raw;
    if (response.destroyed || response.writableEnded) return;
    this.#begin();
    if (response.writableLength > this.#maxBytes) {
      const { writableLength: waitingBytes } = response;
      this.#reply.log.warn(
        { waitingBytes, requestId: this.#reply.request.id },
        'stream closed: its reader is too slow',
      );
      response.destroy();
      return;
    }
    response.write(frame);
  }

  /** Sends no more; the response is left to somebody else unless it has begun. */
  end(): void {
    clearInterval(this.#keepAlive);
    if (this.#begun) this.#reply.raw.end();
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#reply.hijack();
    const response = this.#reply.raw;
    for (const [name, value] of Object.entries({ ...this.#reply.getHeaders(), ...eventStreamHeaders })) {
      if (value !== undefined) response.setHeader(name, value);
    }
  }
}
