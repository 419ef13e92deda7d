import { AiosError } from '@aios/protocol';
import { type OpenCall, OpenCalls } from './open-calls.ts';

/** What can end a call early, as one signal, and what must be taken down after it. */
export interface CallSignal extends Disposable {
  readonly signal: AbortSignal;
}

export interface CallLimits {
  /** Any of them ends the call and all that is done for it: that of its process, the line’s. */
  readonly signals: readonly AbortSignal[];
  /** The caller’s own: it ends the call, but not what goes on behind it. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from now. */
  readonly deadlineMs?: number | undefined;
  /** The calls that can be ended together with this one. */
  readonly among?: OpenCalls | undefined;
  /** Its place among them, where it has been opened before. */
  readonly opened?: OpenCall | undefined;
}

/** Joins signals with a deadline. */
export function callSignal({ signals, signal, deadlineMs, among, opened }: CallLimits): CallSignal {
  const sources = signal === undefined ? signals : [...signals, signal];
  const call = opened ?? (among ?? new OpenCalls()).open();
  const onAbort = () => call.cancel(sources.find(({ aborted }) => aborted)?.reason);
  for (const source of sources) {
    if (source.aborted) onAbort();
    source.addEventListener('abort', onAbort, { once: true });
  }
  const timer =
    deadlineMs === undefined ? undefined : setTimeout(() => call.cancel(late(deadlineMs)), deadlineMs);
  return {
    signal: call.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      for (const source of sources) source.removeEventListener('abort', onAbort);
      call[Symbol.dispose]();
    },
  };
}

function late(deadlineMs: number): AiosError {
  const message = `The call was not done within its deadline of ${deadlineMs} ms. Allow more time or ask for less.`;
  return new AiosError('deadline_exceeded', message);
}
