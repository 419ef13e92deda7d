import type { AiosError, SyscallName, Usage } from '@aios/protocol';
import type { Caller } from './caller.ts';
import type { AuditTrail, CallReport, Taint } from './ports.ts';
import type { CallRequest, PlaceInProcess } from './request.ts';
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
  /** Nothing where the audit is off, or who calls is not known yet. */
  trail: AuditTrail | undefined;
  /** What untrusted data the calling process has read before. */
  taint: Taint | undefined;
  /** Where the call sends its input. */
  destination: string | undefined;
  usage: Usage | undefined;
  replayed = false;
  #inside = 0;

  constructor(id: string, request: CallRequest) {
    this.id = id;
    this.request = request;
  }

  /** Milliseconds of Unix time. */
  get deadlineAt(): number | undefined {
    const { deadlineMs } = this.request;
    return deadlineMs === undefined ? undefined : performance.timeOrigin + this.watch.startedAt + deadlineMs;
  }

  /** The place of the next call inside this one. */
  placeInside(): PlaceInProcess | undefined {
    const { place } = this.request;
    if (place === undefined) return undefined;
    this.#inside += 1;
    const { sequence, nested } = place;
    return { sequence, nested: nested === '' ? `${this.#inside}` : `${nested}.${this.#inside}` };
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
