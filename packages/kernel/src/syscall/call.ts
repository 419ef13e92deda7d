import type { AiosError, SyscallName, Usage } from '@aios/protocol';
import type { Caller } from './caller.ts';
import type { CallReport, JournalKey } from './ports.ts';
import type { CallRequest } from './request.ts';
import { Stopwatch } from './stopwatch.ts';

/** What the path knows of one call, filled in step by step. */
export class Call {
  readonly id: string;
  readonly request: CallRequest;
  readonly watch = new Stopwatch();
  /** Known once the call is authorised; a call that never got so far is not reported. */
  admitted:
    | { readonly name: SyscallName; readonly caller: Caller; readonly target: string | undefined }
    | undefined;
  usage: Usage | undefined;
  replayed = false;

  constructor(id: string, request: CallRequest) {
    this.id = id;
    this.request = request;
  }

  /** Milliseconds of Unix time. */
  get deadlineAt(): number | undefined {
    const { deadlineMs } = this.request;
    return deadlineMs === undefined ? undefined : performance.timeOrigin + this.watch.startedAt + deadlineMs;
  }

  /** Where the journal keeps this call; only first-hand calls of durable processes are journalled. */
  get journalKey(): JournalKey | undefined {
    const process = this.admitted?.caller.process;
    if (process === undefined || !process.durable || this.request.sequence === undefined) return undefined;
    return { process, sequence: this.request.sequence };
  }

  report(error: AiosError | undefined): CallReport | undefined {
    if (this.admitted === undefined) return undefined;
    return {
      ...this.admitted,
      call: this.id,
      parentCall: this.request.parentCall,
      status: error ? 'error' : this.replayed ? 'replayed' : 'ok',
      error,
      durationMs: performance.now() - this.watch.startedAt,
      steps: this.watch.steps,
      usage: this.usage,
    };
  }
}
