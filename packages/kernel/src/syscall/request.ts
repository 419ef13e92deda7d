import type { Caller } from './caller.ts';
import type { CallLimits } from './deadline.ts';

/** A call as it comes from a channel or a face: nothing about it is trusted yet. */
export interface CallRequest extends CallLimits {
  readonly name: string;
  readonly input: unknown;
  /** Says who calls, or throws `unauthenticated`, `stale_fence` or `cancelled` when the line is no longer good. */
  readonly identify: () => Caller;
  readonly onChunk?: ((chunk: unknown) => void) | undefined;
  /** Ordinal of the call within its process; absent for callers that are not processes and for calls inside calls. */
  readonly sequence?: number | undefined;
  /** The call inside which this one is made. */
  readonly parentCall?: string | undefined;
}
