import type { ServerFrame } from '@aios/protocol';
import type { WebSocket } from '@fastify/websocket';

/** A frame before it became JSON: what a call gave is not known to be JSON yet. */
export type OutgoingFrame =
  | Exclude<ServerFrame, { type: 'chunk' | 'result' }>
  | { type: 'chunk'; id: number; chunk: unknown }
  | { type: 'result'; id: number; output: unknown };

/** What the outbox needs of a WebSocket. */
export type OutboxSocket = Pick<
  WebSocket,
  'readyState' | 'OPEN' | 'bufferedAmount' | 'isPaused' | 'pause' | 'resume'
> & { send(text: string, onSent: (error?: Error) => void): void };

/** How much more than other frames may wait of results: the client asked for each of them. */
const resultFactor = 16;

/**
 * Sends frames and keeps what waits for a slow reader bounded. What nobody waits for (chunks, events) is sent at once, and
 * a reader that lets more than the bound of it pile up is given up. Results wait for their turn instead, so that a client
 * may ask for much at once; while they wait, nothing more is read from it, so that it cannot ask faster than it listens.
 */
export class Outbox {
  readonly #socket: OutboxSocket;
  readonly #maxBytes: number;
  readonly #onOverflow: () => void;
  readonly #results: string[] = [];
  #resultBytes = 0;
  #sentAt = 0;

  constructor(socket: OutboxSocket, maxBytes: number, onOverflow: () => void) {
    this.#socket = socket;
    this.#maxBytes = maxBytes;
    this.#onOverflow = onOverflow;
  }

  send(frame: OutgoingFrame): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const text = JSON.stringify(frame);
    if (frame.type === 'result') {
      this.#results.push(text);
      this.#resultBytes += text.length;
      this.#sendResults();
      if (this.#resultBytes > this.#maxBytes * resultFactor) this.#giveUp();
    } else if (this.#socket.bufferedAmount > this.#maxBytes) {
      this.#giveUp();
    } else {
      this.#write(text);
    }
  }

  /** When the last frame went out, as performance.now() tells time: a client that reads slowly is still alive. */
  get sentAt(): number {
    return this.#sentAt;
  }

  #sendResults(): void {
    const enough = this.#maxBytes / 4;
    while (this.#results.length > 0 && this.#socket.bufferedAmount <= enough) {
      const text = this.#results.shift() ?? '';
      this.#resultBytes -= text.length;
      this.#write(text);
    }
    if (this.#results.length > 0 || this.#socket.bufferedAmount > enough) this.#socket.pause();
    else if (this.#socket.isPaused) this.#socket.resume();
  }

  #write(text: string): void {
    this.#socket.send(text, this.#onSent);
  }

  readonly #onSent = (error?: Error): void => {
    if (error) return;
    this.#sentAt = performance.now();
    this.#sendResults();
  };

  #giveUp(): void {
    this.#results.length = 0;
    this.#resultBytes = 0;
    this.#socket.resume();
    this.#onOverflow();
  }
}
