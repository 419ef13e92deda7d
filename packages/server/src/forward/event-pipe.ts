import type { FastifyReply } from 'fastify';
import type { ServerLimits } from '../limits.ts';

/**
 * Server-sent events that were made elsewhere, to one reader, each at once. Nothing is sent before the first, so that an
 * error until then is an ordinary answer. A reader that lets more than the allowed bytes pile up is cut off.
 */
export class EventPipe {
  readonly #reply: FastifyReply;
  readonly #maxBytes: number;
  readonly #onTooSlow: () => void;
  isOpen = false;

  constructor(reply: FastifyReply, { sendBufferBytes }: ServerLimits, onTooSlow: () => void) {
    this.#reply = reply;
    this.#maxBytes = sendBufferBytes;
    this.#onTooSlow = onTooSlow;
  }

  write(text: string): void {
    const response = this.#reply.raw;
    if (!this.isOpen) this.#open();
    if (response.destroyed || response.writableEnded) return;
    if (response.writableLength > this.#maxBytes) {
      this.#reply.log.warn(
        { waitingBytes: response.writableLength },
        'stream closed: its reader is too slow',
      );
      this.#onTooSlow();
      response.destroy();
      return;
    }
    response.write(text);
  }

  end(lastEvents?: string): void {
    if (!this.isOpen) this.#open();
    if (lastEvents !== undefined) this.write(lastEvents);
    this.#reply.raw.end();
  }

  #open(): void {
    this.isOpen = true;
    this.#reply.hijack();
    this.#reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-request-id': this.#reply.request.id,
    });
  }
}
