import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { toAiosError } from '@aios/protocol';
import { type Descriptors, firstChannel } from './descriptors.ts';
import type { SandboxLimits } from './sandbox-spec.ts';
import { type Exceeded, type Usage, watchUsage } from './usage-watch.ts';

/** Why the kernel ended a sandbox. */
export type StopReason = Exceeded | 'time' | 'output' | 'cancelled';

export interface SandboxEnd {
  /** Of the program; 128 and a signal’s number where it died of one. */
  readonly exitCode: number;
  /** Absent where the program ended by itself. */
  readonly stopped?: StopReason;
  /** What was seen of it, so a little less than what it was. */
  readonly usage: { readonly wallMs: number; readonly cpuMs: number; readonly maxMemoryBytes: number };
}

export interface StartOptions {
  readonly bwrap: string;
  readonly arguments: readonly string[];
  readonly descriptors: Descriptors;
  /** Descriptors of the kernel that the sandbox must not get. */
  readonly inherited: readonly number[];
  readonly limits: SandboxLimits;
  readonly signal: AbortSignal;
}

/** A running sandbox. When `ended` resolves, none of its processes is left. */
export class SandboxProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly ended: Promise<SandboxEnd>;
  /** The process of the machine that stands for it: what kills this one ends the sandbox. */
  readonly child: ChildProcess;
  #stopped: StopReason | undefined;
  #usage: Usage = { cpuMs: 0, memoryBytes: 0, files: 0 };
  #maxMemoryBytes = 0;

  constructor(options: StartOptions) {
    this.child = startChild(options);
    const { stdio } = this.child;
    this.stdin = writable(stdio[0]);
    this.stdout = readable(stdio[1]);
    this.stderr = readable(stdio[2]);
    // A program may end without reading its input.
    this.stdin.on('error', () => undefined);
    this.ended = this.#run(options);
    // Whoever waits for the end hears of it; nobody has to.
    this.ended.catch(() => undefined);
  }

  /** What the program writes to its first channel. */
  get results(): Readable {
    return readable(this.child.stdio[firstChannel]);
  }

  /** Ends every process of the sandbox at once. */
  stop(reason: StopReason): void {
    this.#stopped ??= reason;
    this.child.kill('SIGKILL');
  }

  async #run({ descriptors, limits, signal }: StartOptions): Promise<SandboxEnd> {
    const startedAt = performance.now();
    const closed = Promise.withResolvers<number>();
    this.child.once('error', closed.reject);
    this.child.once('close', (code) => closed.resolve(code ?? 137));
    const over = new AbortController();
    const onAbort = () => this.stop('cancelled');
    signal.addEventListener('abort', onAbort, { once: true });
    const timer =
      limits.wallMs === undefined ? undefined : setTimeout(() => this.stop('time'), limits.wallMs);
    try {
      if (signal.aborted) onAbort();
      const stdio: readonly Stdio[] = this.child.stdio;
      const first = firstProcess(readable(stdio[descriptors.info]));
      void this.#watch(first, limits, over.signal);
      await descriptors.send(stdio.map((stream) => (stream && 'write' in stream ? stream : undefined)));
      const exitCode = await closed.promise;
      await untilGone(await first);
      const wallMs = Math.round(performance.now() - startedAt);
      return {
        exitCode,
        ...(this.#stopped && { stopped: this.#stopped }),
        usage: { wallMs, cpuMs: this.#usage.cpuMs, maxMemoryBytes: this.#maxMemoryBytes },
      };
    } catch (error) {
      throw toAiosError(error);
    } finally {
      over.abort();
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #watch(
    first: Promise<number | undefined>,
    limits: SandboxLimits,
    signal: AbortSignal,
  ): Promise<void> {
    const pid = await first;
    if (pid === undefined) return;
    await watchUsage(pid, limits, signal, (usage, exceeded) => {
      this.#usage = usage;
      this.#maxMemoryBytes = Math.max(this.#maxMemoryBytes, usage.memoryBytes);
      if (exceeded !== undefined) this.stop(exceeded);
    });
  }
}

/** The pid of the sandbox’s first process, which bubblewrap tells; undefined where it came to nothing. */
async function firstProcess(info: Readable): Promise<number | undefined> {
  // One that is ended before it tells may cut the pipe.
  const told = await text(info).catch(() => '');
  const pid = /"child-pid":\s*(\d+)/.exec(told)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

const goneCheckMs = 2;

/**
 * bubblewrap ends before the sandbox’s first process does, which is the last one: its end ends all others. It is nobody’s
 * child by then, so there is no event of it.
 */
async function untilGone(first: number | undefined): Promise<void> {
  if (first === undefined) return;
  for (;;) {
    const stat = await readFile(`/proc/${first}/stat`, 'utf8').catch(() => '');
    const state = stat.slice(stat.lastIndexOf(')') + 2)[0];
    if (state === undefined || state === 'Z' || state === 'X') return;
    // It dies with bubblewrap, unless that was ended before it had told it to.
    endProcess(first);
    await delay(goneCheckMs);
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function startChild({ bwrap, arguments: given, descriptors, inherited }: StartOptions): ChildProcess {
  const nothing = openSync('/dev/null', 'r');
  try {
    // Nothing of the kernel’s environment: the first process of a sandbox keeps what it was started with in /proc.
    return spawn(bwrap, given, {
      env: {},
      stdio: descriptors.stdio(inherited, nothing),
      // A group of its own: an interrupt from the terminal is for the kernel.
      detached: true,
    });
  } finally {
    closeSync(nothing);
  }
}

type Stdio = ChildProcess['stdio'][number] | undefined;

function readable(stream: Stdio): Readable {
  if (stream && 'read' in stream) return stream;
  throw new Error('A sandbox was started without its pipes.');
}

function writable(stream: Stdio): Writable {
  if (stream && 'write' in stream) return stream;
  throw new Error('A sandbox was started without its pipes.');
}
