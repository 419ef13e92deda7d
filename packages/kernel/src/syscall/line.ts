import type { CallOptions, SyscallChannel, SyscallName, SyscallOutput, SyscallRequest } from '@aios/protocol';
import type { Caller } from './caller.ts';
import type { OpenCall, OpenCalls } from './open-calls.ts';
import type { CallRequest } from './request.ts';

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs?: number | undefined;
  readonly onChunk?: ((chunk: unknown) => void) | undefined;
}

/** A caller’s line to the kernel: the typed form for code, the untyped one for what comes from a wire or a thread. */
export interface Line extends SyscallChannel {
  /** Unknown names and bad inputs are errors of the path. */
  request(name: string, input: unknown, options?: RequestOptions): Promise<unknown>;
}

export interface LineOptions {
  readonly run: (request: CallRequest) => Promise<unknown>;
  readonly identify: () => Caller;
  /** Any of them ends its calls. */
  readonly signals?: readonly AbortSignal[];
  /** What its calls are counted among. */
  readonly among: OpenCalls;
  /** Puts a call among them as soon as it is made, where it may have to wait before it begins. */
  readonly open?: () => OpenCall;
  /** For the lines of processes, whose calls are numbered in the order in which they are made: the ordinal before the first. */
  readonly numberedAfter?: number | undefined;
}

export function createLine({ run, identify, signals = [], among, open, numberedAfter }: LineOptions): Line {
  let calls = numberedAfter ?? 0;
  const request = (name: string, input: unknown, options: RequestOptions = {}) => {
    // A version is recalled by the name of its change: code from before the change did not ask for it.
    const isNumbered = numberedAfter !== undefined && name !== 'process.version';
    if (isNumbered) calls += 1;
    return run({
      name,
      input,
      identify,
      signals,
      signal: options.signal,
      deadlineMs: options.deadlineMs,
      among,
      opened: open?.(),
      onChunk: options.onChunk,
      place: isNumbered ? { sequence: calls, nested: '' } : undefined,
    });
  };
  return {
    request,
    // The path answers a call with the output of that call’s handler, and its chunks are that handler’s.
    call: <Name extends SyscallName>(name: Name, input: SyscallRequest<Name>, options?: CallOptions<Name>) =>
      request(name, input, options as RequestOptions) as Promise<SyscallOutput<Name>>,
  };
}
