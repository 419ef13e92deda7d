import type { Session } from '@aios/kernel';
import { AiosError, type ClientFrame } from '@aios/protocol';
import type { WebSocket } from '@fastify/websocket';
import type { FastifyBaseLogger } from 'fastify';
import { cancelled, type Line, type OpenCall } from '../activity.ts';
import type { FaceContext } from '../face.ts';
import { explainFailure } from '../failure/index.ts';
import { closeSocket, goingAway, policyViolation } from './close-socket.ts';
import { Outbox } from './outbox.ts';
import { readFrame } from './read-frame.ts';

type FrameOf<Type extends ClientFrame['type']> = Extract<ClientFrame, { type: Type }>;
type Open =
  | { readonly kind: 'call'; readonly call: OpenCall }
  | { readonly kind: 'subscription'; end(): void };

export interface ConnectionOptions {
  readonly session: Session;
  readonly context: FaceContext;
  readonly log: FastifyBaseLogger;
  /** Names the connection in the log. */
  readonly name: string;
}

/** One client’s socket: its open calls and subscriptions, by the ids that the client chose. */
export class Connection implements Line {
  readonly #socket: WebSocket;
  readonly #options: ConnectionOptions;
  readonly #outbox: Outbox;
  readonly #open = new Map<number, Open>();
  #heardAt = performance.now();

  constructor(socket: WebSocket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#outbox = new Outbox(socket, options.context.limits.sendBufferBytes, () => this.#giveUp());
    socket.on('message', (data, isBinary) => this.#receive(data.toString(), isBinary));
    socket.on('pong', () => {
      this.#heardAt = performance.now();
    });
    socket.on('close', () => this.#endAll());
  }

  async close(reason: string): Promise<void> {
    await closeSocket(this.#socket, goingAway, reason);
  }

  /** Asks for a sign of life and drops a client that gave none for too long. */
  checkAlive(): void {
    const lastSign = Math.max(this.#heardAt, this.#outbox.sentAt);
    if (performance.now() - lastSign > this.#options.context.limits.silenceMs) this.#socket.terminate();
    else this.#socket.ping();
  }

  #receive(text: string, isBinary: boolean): void {
    this.#heardAt = performance.now();
    if (isBinary) {
      this.#refuse(null, new AiosError('invalid_argument', 'Frames are JSON text; this one is binary.'));
      return;
    }
    const reading = readFrame(text);
    if ('error' in reading) {
      const isFree = reading.id !== null && !this.#open.has(reading.id);
      this.#refuse(isFree ? reading.id : null, reading.error);
      return;
    }
    this.#handle(reading.frame);
  }

  #handle(frame: ClientFrame): void {
    switch (frame.type) {
      case 'call':
        if (this.#admit(frame.id)) void this.#call(frame);
        return;
      case 'subscribe':
        if (this.#admit(frame.id)) this.#subscribe(frame);
        return;
      case 'cancel':
      case 'unsubscribe':
        this.#end(frame);
    }
  }

  /** Whether something new may be opened under the id. */
  #admit(id: number): boolean {
    if (this.#open.has(id)) {
      const message = `The id ${id} is in use on this connection. Choose one that is not.`;
      this.#refuse(null, new AiosError('already_exists', message, { details: { id } }));
      return false;
    }
    const { openPerSocket } = this.#options.context.limits;
    if (this.#open.size < openPerSocket) return true;
    const message = `This connection has ${openPerSocket} calls and subscriptions open, and no more are allowed. Wait for some to end.`;
    this.#refuse(id, new AiosError('rate_limited', message, { details: { retryAfterMs: 1000 } }));
    return false;
  }

  async #call({ id, name, input, stream, deadlineMs }: FrameOf<'call'>): Promise<void> {
    let entry: Open | undefined;
    try {
      using call = this.#options.context.activity.openCall();
      const opened: Open = { kind: 'call', call };
      entry = opened;
      this.#open.set(id, opened);
      const onChunk = (chunk: unknown): void => {
        if (this.#open.get(id) === opened) this.#outbox.send({ type: 'chunk', id, chunk });
      };
      const output = await this.#options.session.request(name, input, {
        signal: call.signal,
        deadlineMs,
        onChunk: stream ? onChunk : undefined,
      });
      this.#open.delete(id);
      this.#outbox.send({ type: 'result', id, output: output ?? null });
    } catch (thrown) {
      if (entry) this.#open.delete(id);
      this.#refuse(id, thrown);
    }
  }

  #subscribe({ id, filter }: FrameOf<'subscribe'>): void {
    try {
      const subscription = this.#options.session.subscribe(
        filter,
        (event) => this.#outbox.send({ type: 'event', id, event }),
        (reason) => {
          this.#open.delete(id);
          this.#refuse(id, reason);
        },
      );
      this.#open.set(id, { kind: 'subscription', end: () => subscription[Symbol.dispose]() });
      this.#outbox.send({ type: 'subscribed', id });
    } catch (thrown) {
      this.#refuse(id, thrown);
    }
  }

  /** What is not open any more has ended by itself, which the client will have read by now. */
  #end({ type, id }: FrameOf<'cancel'> | FrameOf<'unsubscribe'>): void {
    const open = this.#open.get(id);
    if (type === 'cancel' && open?.kind === 'call')
      open.call.cancel(cancelled('The client cancelled the call.'));
    if (type === 'unsubscribe' && open?.kind === 'subscription') {
      this.#open.delete(id);
      open.end();
    }
  }

  #refuse(id: number | null, thrown: unknown): void {
    const { name, log, context } = this.#options;
    const error = explainFailure(thrown, name, context.kernel.config.server.max_body_bytes);
    if (error.code === 'internal') log.error({ err: thrown, connection: name }, 'system call failed');
    this.#outbox.send({ type: 'error', id, error: error.toProblem() });
  }

  #giveUp(): void {
    const { log, name } = this.#options;
    log.warn(
      { connection: name, waitingBytes: this.#socket.bufferedAmount },
      'socket closed: its reader is too slow',
    );
    this.#endAll();
    void closeSocket(this.#socket, policyViolation, 'Too slow: read what the kernel sends, or ask for less.');
  }

  #endAll(): void {
    for (const open of this.#open.values()) {
      if (open.kind === 'call') open.call.cancel(cancelled('The connection was closed.'));
      else open.end();
    }
    this.#open.clear();
  }
}
