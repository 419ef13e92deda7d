import type { ChatMessage } from '@aios/protocol';
import type { Core } from '../core.ts';
import type { Cost } from '../limits/index.ts';

/** What a strategy may look at. */
export interface RoutedCall {
  /** Absent for embeddings. */
  readonly messages: readonly ChatMessage[] | undefined;
  /** What stays the same while the conversation grows, where it is not there as messages. */
  readonly beginning?: () => string;
  /** Estimated. */
  readonly cost: Cost;
}

/** What runs and waits on a core now. */
export type LoadOf = (core: Core) => { readonly running: number; readonly queued: number };

/** Decides which of several cores answers a call. One is made per group and configuration, so it may remember things. */
export interface Strategy {
  /** The cores, all able to answer, in the order in which they are to be tried. */
  order(cores: readonly Core[], call: RoutedCall): readonly Core[];
}
