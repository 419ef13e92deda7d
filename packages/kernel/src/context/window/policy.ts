import type { ChatMessage, ContextStrategy } from '@aios/protocol';

/** How a history that is too long is made to fit. */
export interface WindowPolicy {
  /** What may be done, in the order of the protocol whatever order it is named in. */
  readonly strategies: ReadonlySet<ContextStrategy>;
  /** Share of the limit down to which is cut, so that the history then only grows for a while and its beginning stays cached. */
  readonly lowWater: number;
  /** Results of tools from this size on are moved out. */
  readonly pageMinTokens: number;
  /** Room that is kept for a summary; it is never longer. */
  readonly summaryTokens: number;
}

/** Sizes in tokens, for the model that is asked. */
export interface Sizes {
  message(message: ChatMessage): number;
  text(text: string): number;
}
