// One child process that runs an agent, or describes one. Guarantee: whatever the program does, it is gone a bounded time
// after nobody needs it, with all that it started.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { FrameStream } from '@aios/host';
import { toAiosError } from '@aios/protocol';
import { HostConnection } from '../host-connection.ts';
import { readPrintedLines } from './printed-lines.ts';
import { channelDescriptor, lifelineDescriptor, type Program } from './program.ts';

/** How long a child has to end by itself, and again after SIGTERM, before SIGKILL. */
const graceMs = 1000;

/** Of the largest size: what may wait for a child that asked for much at once and has not read it yet. */
const waitingFrames = 16;

export interface ChildOptions {
  readonly program: Program;
  /** Largest frame that it may send. */
  readonly maxFrameBytes: number;
  readonly onPrinted: (stream: 'stdout' | 'stderr', text: string) => void;
}

export class Child implements AsyncDisposable {
  readonly connection: HostConnection;
  readonly #process: ChildProcess;
  readonly #stream: FrameStream | undefined;
  readonly #closed: Promise<unknown>;

  constructor({ program, maxFrameBytes, onPrinted }: ChildOptions) {
    const child = program.start?.() ?? startBeside(program);
    this.#process = child;
    this.connection = new HostConnection((frame) => this.#stream?.send(frame));
    this.#closed = once(child, 'close').catch(() => undefined);
    child.once('error', (error) => this.#break(`it could not be started: ${error.message}`));
    const streamEnded = Promise.withResolvers<void>();
    child.once('exit', (code, signal) => {
      // The last frames may not have been read yet.
      const read = Promise.race([streamEnded.promise, delay(graceMs, undefined, { ref: false })]);
      void read.then(() => this.#break(describeExit(code, signal)));
    });
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = child[name];
      if (stream === null) continue;
      readPrintedLines(stream, (text) => onPrinted(name, text)).catch((error: unknown) =>
        onPrinted('stderr', `The ${name} of the agent could not be read: ${toAiosError(error).message}`),
      );
    }
    this.#stream = this.#openStream(child, maxFrameBytes, streamEnded.resolve);
  }

  /** Resolves when it is gone and what it printed has been taken. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (await this.#goneWithin(graceMs)) return;
      this.#signal('SIGTERM');
      if (await this.#goneWithin(graceMs)) return;
      this.#signal('SIGKILL');
      await this.#goneWithin(graceMs);
    } finally {
      // What it started and left behind ends too.
      this.#signal('SIGKILL');
      this.#stream?.close();
      for (const stream of this.#process.stdio) stream?.destroy();
    }
  }

  #openStream(child: ChildProcess, maxFrameBytes: number, onEnd: () => void): FrameStream | undefined {
    const channel = child.stdio[channelDescriptor];
    const lifeline = child.stdio[lifelineDescriptor];
    // A program that could not be started has none; its error follows.
    if (!(channel instanceof Duplex)) return undefined;
    lifeline?.on('error', () => lifeline.destroy());
    if (lifeline instanceof Duplex) lifeline.resume();
    return new FrameStream(channel, {
      maxFrameBytes,
      maxWaitingBytes: maxFrameBytes * waitingFrames,
      onFrame: (frame) => {
        try {
          this.connection.receive(frame);
        } catch (error) {
          this.#break(toAiosError(error).message);
        }
      },
      onEnd: (fault) => {
        onEnd();
        if (fault !== undefined) this.#break(fault.message);
        // The end of the program says more, and mostly comes at once.
        else setTimeout(() => this.#break('it closed its connection to the kernel'), graceMs).unref();
      },
    });
  }

  #break(why: string): void {
    this.connection.break(why);
    this.#signal('SIGKILL');
  }

  async #goneWithin(milliseconds: number): Promise<boolean> {
    const timer = new AbortController();
    try {
      const late = delay(milliseconds, 'late', { signal: timer.signal }).catch(() => 'late');
      return (await Promise.race([this.#closed, late])) !== 'late';
    } finally {
      timer.abort();
    }
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

function startBeside(program: Program): ChildProcess {
  return spawn(program.command, program.arguments, {
    cwd: program.folder,
    env: { ...program.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    // A group of its own: what it starts ends with it.
    detached: true,
  });
}

function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `it was ended by ${signal}`;
  return `it ended with code ${code} before the agent returned`;
}
