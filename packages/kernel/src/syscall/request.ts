import type { Caller } from './caller.ts';
import type { CallLimits } from './deadline.ts';

/** Where a call stands among those of its process, the same each time that its code runs. */
export interface PlaceInProcess {
  /** Ordinal of the call that the agent made itself. */
  readonly sequence: number;
  /** Ordinals of the calls inside it down to this one, such as `2.1`; empty for the agent’s own. */
  readonly nested: string;
}

/** A call as it comes from a channel or a face: nothing about it is trusted yet. */
export interface CallRequest extends CallLimits {
  readonly name: string;
  readonly input: unknown;
  /** Says who calls, or throws `unauthenticated`, `stale_fence` or `cancelled` when the line is no longer good. */
  readonly identify: () => Caller;
  readonly onChunk?: ((chunk: unknown) => void) | undefined;
  /** Where the call stands among those of its process; absent for callers that are not processes. */
  readonly place?: PlaceInProcess | undefined;
  /** The call inside which this one is made. */
  readonly parentCall?: string | undefined;
  /** Gives back what the calls around this one hold for as long as it waits for a person. */
  readonly meanwhile?: (<Result>(wait: () => Promise<Result>) => Promise<Result>) | undefined;
}
