// Frames as lines of JSON over a socket. Guarantee: what the other side does (never read, never end a line, send what is not
// JSON) costs bounded memory and is told as one error.

import type { Duplex } from 'node:stream';

export interface FrameStreamOptions {
  readonly maxFrameBytes: number;
  /** What may wait for a reader that does not read. */
  readonly maxWaitingBytes: number;
  readonly onFrame: (frame: unknown) => void;
  /** Called once: with the fault of the other side, or with nothing where it closed. */
  readonly onEnd: (fault: Error | undefined) => void;
}

const newline = 10;
/** While more than this waits for the other side, nothing more is read from it. */
const highWaterBytes = 1_000_000;

export class FrameStream {
  readonly #socket: Duplex;
  readonly #options: FrameStreamOptions;
  #parts: Buffer[] = [];
  #partBytes = 0;
  #isOver = false;

  constructor(socket: Duplex, options: FrameStreamOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (data: Buffer) => this.#read(data));
    socket.on('drain', () => socket.resume());
    // A connection that broke has ended like any other: whoever holds the other side tells why.
    socket.once('error', () => this.#end(undefined));
    socket.once('close', () => this.#end(undefined));
  }

  /** Throws a TypeError for what is not JSON. */
  send(frame: object): void {
    const line = `${JSON.stringify(frame)}\n`;
    if (this.#isOver) return;
    this.#socket.write(line);
    const { writableLength } = this.#socket;
    if (writableLength > this.#options.maxWaitingBytes) {
      this.#end(new Error(`it does not read: ${writableLength} bytes wait for it`));
    } else if (writableLength > highWaterBytes) this.#socket.pause();
  }

  /** Resolves when what was sent so far has left. */
  flush(): Promise<void> {
    return new Promise((resolve) => this.#socket.write('', () => resolve()));
  }

  close(): void {
    this.#end(undefined);
  }

  #read(data: Buffer): void {
    let start = 0;
    for (let at = data.indexOf(newline); at >= 0 && !this.#isOver; at = data.indexOf(newline, start)) {
      const line = this.#join(data.subarray(start, at));
      start = at + 1;
      if (line !== undefined) this.#frame(line);
    }
    if (!this.#isOver && start < data.length) this.#keep(data.subarray(start));
  }

  #join(end: Buffer): string | undefined {
    this.#keep(end);
    if (this.#isOver) return undefined;
    const line = Buffer.concat(this.#parts).toString('utf8');
    this.#parts = [];
    this.#partBytes = 0;
    return line;
  }

  #keep(part: Buffer): void {
    this.#partBytes += part.length;
    const { maxFrameBytes } = this.#options;
    if (this.#partBytes > maxFrameBytes)
      this.#end(new Error(`it sent a frame of over ${maxFrameBytes} bytes`));
    else this.#parts.push(part);
  }

  #frame(line: string): void {
    let frame: unknown;
    try {
      frame = JSON.parse(line);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#end(new Error('it sent a line that is not JSON'));
      return;
    }
    this.#options.onFrame(frame);
  }

  #end(fault: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts = [];
    this.#socket.destroy();
    this.#options.onEnd(fault);
  }
}
