import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type AiosError, toAiosError } from '@aios/protocol';
import type { Logger } from '../../../telemetry/index.ts';
import type { Clock } from '../../clock.ts';
import { readLines } from '../json-lines.ts';
import {
  jobFailed,
  jobRefused,
  loadFailed,
  moduleMissing,
  pythonMissing,
  type WorkerSpec,
  workerDied,
} from './errors.ts';
import {
  type Job,
  type JobEnd,
  type JobPart,
  type WorkerEvent,
  type WorkerOptions,
  workerEvent,
} from './messages.ts';
import { workerEnvironment } from './worker-environment.ts';

const program = join(import.meta.dirname, 'worker');

/** How long a job that was cancelled may take to notice; a single step over a very long prompt takes seconds. */
const cancelMs = 60_000;
const maxLastWords = 2000;

export interface WorkerSurroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  readonly clock: Clock;
}

interface OpenJob {
  readonly onPart: (part: JobPart) => void;
  readonly resolve: (end: JobEnd) => void;
  readonly reject: (reason: unknown) => void;
  hasStarted: boolean;
  isCancelled: boolean;
  /** Takes the watch over a cancelled job back. */
  unwatch?: () => void;
}

/**
 * A Python process that runs one model, one job at a time. Once it is over it stays over: whoever wants more starts
 * another one.
 */
export class ModelWorker {
  readonly #spec: WorkerSpec;
  readonly #surroundings: WorkerSurroundings;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #onIdle: () => void;
  readonly #jobs = new Map<number, OpenJob>();
  #count = 0;
  #lastWords = '';
  #over: AiosError | undefined;

  constructor(
    spec: WorkerSpec,
    options: WorkerOptions,
    surroundings: WorkerSurroundings,
    onIdle: () => void,
  ) {
    this.#spec = spec;
    this.#surroundings = surroundings;
    this.#onIdle = onIdle;
    const env = workerEnvironment(surroundings.env);
    this.#child = spawn(spec.python, [program, JSON.stringify(options)], { env, windowsHide: true });
    this.#child.on('error', (error) => this.#finish(pythonMissing(spec, error.message)));
    this.#child.on('close', (code, signal) =>
      this.#finish(
        workerDied(
          spec,
          signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`,
          this.#lastWords,
        ),
      ),
    );
    // A write to a process that has ended: `close` tells what became of it.
    this.#child.stdin.on('error', (error) =>
      surroundings.logger.debug({ error: error.message }, 'worker has no input'),
    );
    this.#child.stderr.on('data', (piece: Buffer) => {
      this.#lastWords = (this.#lastWords + piece.toString()).slice(-maxLastWords);
    });
    void this.#read();
  }

  get isOver(): boolean {
    return this.#over !== undefined;
  }

  get isIdle(): boolean {
    return this.#jobs.size === 0;
  }

  /** Sends a job; rejects with an AiosError, or the signal’s reason, which ends the job in the process too. */
  run(job: Job, signal: AbortSignal, onPart: (part: JobPart) => void): Promise<JobEnd> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    this.#count += 1;
    const id = this.#count;
    return new Promise<JobEnd>((resolve, reject) => {
      const settle = <Value>(give: (value: Value) => void) => {
        return (value: Value) => {
          signal.removeEventListener('abort', onAbort);
          give(value);
        };
      };
      const open: OpenJob = {
        onPart: (part) => !open.isCancelled && onPart(part),
        resolve: settle(resolve),
        reject: settle(reject),
        hasStarted: false,
        isCancelled: false,
      };
      const onAbort = () => {
        this.#cancel(id, open);
        open.reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#jobs.set(id, open);
      this.#send({ id, ...job });
    });
  }

  /** Ends the process; jobs that run are rejected. */
  end(): void {
    this.#finish(workerDied(this.#spec, 'was ended by the kernel', ''));
  }

  #cancel(id: number, job: OpenJob): void {
    job.isCancelled = true;
    this.#send({ id, kind: 'cancel' });
    if (job.hasStarted) this.#watch(job);
  }

  /** One that does not notice its cancellation hangs, and every later job would hang behind it. */
  #watch(job: OpenJob): void {
    job.unwatch = this.#surroundings.clock.after(cancelMs, () =>
      this.#finish(
        workerDied(this.#spec, `did not notice a cancellation within ${cancelMs} ms and was ended`, ''),
      ),
    );
  }

  #send(message: object): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  async #read(): Promise<void> {
    try {
      const lines = readLines(Readable.toWeb(this.#child.stdout) as ReadableStream<Uint8Array>);
      for await (const line of lines) this.#take(workerEvent.parse(line));
    } catch (thrown) {
      const { message } = thrown instanceof Error ? thrown : toAiosError(thrown);
      this.#finish(workerDied(this.#spec, `said something that is no event (${message}) and was ended`, ''));
    }
  }

  #take(event: WorkerEvent): void {
    const { logger } = this.#surroundings;
    const { model } = this.#spec;
    if (event.event === 'ready') {
      logger.info({ model, device: event.device, pid: this.#child.pid }, 'a local model is loaded');
      return;
    }
    if (event.event === 'failed') {
      const { module, message } = event;
      this.#finish(
        module === undefined ? loadFailed(this.#spec, message) : moduleMissing(this.#spec, module, message),
      );
      return;
    }
    const job = this.#jobs.get(event.id);
    if (job === undefined) throw new Error(`there is no job ${event.id}`);
    switch (event.event) {
      case 'started':
        job.hasStarted = true;
        if (job.isCancelled) this.#watch(job);
        return;
      case 'text':
      case 'vectors':
        job.onPart(event);
        return;
      case 'end':
        job.resolve(event);
        break;
      case 'cancelled':
        break;
      case 'refused':
        job.reject(jobRefused(this.#spec, event.message));
        break;
      case 'error':
        job.reject(
          event.module === undefined
            ? jobFailed(this.#spec, event.message)
            : moduleMissing(this.#spec, event.module, event.message),
        );
    }
    job.unwatch?.();
    this.#jobs.delete(event.id);
    if (this.isIdle) this.#onIdle();
  }

  #finish(error: AiosError): void {
    if (this.#over !== undefined) return;
    this.#over = error;
    this.#child.kill('SIGKILL');
    const { logger } = this.#surroundings;
    logger.debug({ model: this.#spec.model, reason: error.message }, 'the worker of a local model is over');
    for (const job of this.#jobs.values()) {
      job.unwatch?.();
      job.reject(error);
    }
    this.#jobs.clear();
    this.#onIdle();
  }
}
