import { once } from 'node:events';
import { type ServerFrame, serverFrame } from '@aios/protocol';
import { WebSocket } from 'ws';

interface Expectation {
  readonly matches: (frame: ServerFrame) => boolean;
  readonly resolve: (frame: ServerFrame) => void;
}

/** A client of the socket that keeps the frames it received; each must be one of the protocol. */
export class TestSocket implements Disposable {
  readonly socket: WebSocket;
  readonly frames: ServerFrame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #expectations: Expectation[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on('message', (data) => this.#receive(serverFrame.parse(JSON.parse(data.toString()))));
  }

  static async open(url: string, token: string): Promise<TestSocket> {
    const target = new URL('/api/socket', url.replace('http', 'ws'));
    const socket = new WebSocket(target, { headers: { authorization: `Bearer ${token}` } });
    const opened = new TestSocket(socket);
    await once(socket, 'open');
    return opened;
  }

  send(...frames: unknown[]): void {
    for (const frame of frames) this.socket.send(JSON.stringify(frame));
  }

  /** The first frame of this type or id, whether it came already or comes yet. */
  async next(wanted: { type?: ServerFrame['type']; id?: number }): Promise<ServerFrame> {
    const matches = ({ type, id }: ServerFrame) =>
      (wanted.type === undefined || type === wanted.type) && (wanted.id === undefined || id === wanted.id);
    const { promise, resolve } = Promise.withResolvers<ServerFrame>();
    const known = this.frames.find(matches);
    if (known) return known;
    this.#expectations.push({ matches, resolve });
    return await promise;
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }

  #receive(frame: ServerFrame): void {
    this.frames.push(frame);
    for (const { matches, resolve } of this.#expectations) if (matches(frame)) resolve(frame);
    this.#expectations = this.#expectations.filter(({ matches }) => !matches(frame));
  }
}
