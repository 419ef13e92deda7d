import type { Cost } from './claim.ts';

/** A place that a call holds while it runs. */
export interface Slot {
  /** Whether its queue has time slices, so that the slot may be asked back. */
  readonly mayYield: boolean;
  /** Whether the slot is to be given back and asked for again: its time slice is used up while others wait. */
  readonly mustYield: boolean;
  /** An integer by which the policy orders the calls that run, the lower before the greater; nothing where it has no order but theirs. */
  readonly rank: number | undefined;
  /** Calls back, at most once, as soon as `mustYield` is true; at once when it is. */
  onYield(listener: () => void): void;
  /** Says that the holder keeps the slot until it is done, and why; it is not asked to yield any more. */
  runToEnd(reason: string): void;
  /** Says what the holder used since it got the slot, so that a time slice in output tokens can end. */
  progress(used: Cost): void;
  /**
   * Gives the place to the next call in the same turn of the event loop. What was really used corrects the estimate, which
   * stands where neither it nor any progress was reported. Further calls of it do nothing.
   */
  release(used?: Cost): void;
}
