import type { ChatChunk, ChatReply, ChatRequest, JsonObject, Usage } from '@aios/protocol';
import type { Continuation, NoContinuation } from './continuation.ts';
import type { Origin, Snapshot } from './snapshot.ts';

// What a generation needs of the world: models that answer, and the slot that it holds. Whoever generates gives it, so that
// this module imports neither.

/** A reply before the core has put its own name on it. */
export type GeneratedReply = Omit<ChatReply, 'model' | 'provider'>;

export interface Sending {
  readonly signal: AbortSignal;
  readonly emit?: (chunk: ChatChunk) => void;
}

/** A slice as it ended: with the whole reply, or stopped before. */
export type SliceEnd =
  | { readonly kind: 'whole'; readonly usage: Usage; readonly reply: GeneratedReply }
  | { readonly kind: 'stopped'; readonly usage: Usage };

/** A model at an endpoint. */
export interface Model {
  readonly origin: Origin;
  continuationOf(request: ChatRequest): Continuation | NoContinuation;
  /** `continueFrom` is the beginning of the reply, from which the model goes on. */
  chat(request: ChatRequest, sending: Sending & { readonly continueFrom?: string }): Promise<GeneratedReply>;
  /** US dollars; undefined where no price is known. */
  costUsd(usage: Usage): number | undefined;
}

/** The models that may answer. */
export interface Models {
  /**
   * Gets a slot at a model and lets `send` ask it: at any that suits the call or, for a generation that goes on, at the one
   * where it began, else at the same model in another place.
   */
  ask(
    goesOnFrom: Origin | undefined,
    send: (model: Model, sending: Sending) => Promise<SliceEnd>,
  ): Promise<{ readonly end: SliceEnd; readonly tried: readonly JsonObject[] }>;
  /** Whether one is there that can go on with what began there. */
  canGoOnFrom(origin: Origin): boolean;
  /** Estimated tokens of what a request sends. */
  inputTokens(request: ChatRequest): number;
  /** Estimated tokens of a text. */
  textTokens(text: string): number;
}

/** The slot that the call holds, as far as a generation must know. */
export interface SlotControl {
  /** Whether the slot may be asked back. */
  mayYield(): boolean;
  /** Calls back as soon as it is to be given back. */
  onYield(listener: () => void): void;
  progress(used: { readonly inputTokens: number; readonly outputTokens: number }): void;
  /** Says that it will not be given back before the reply is whole, and why. */
  runToEnd(reason: string): void;
}

/** Keeps the snapshots of a generation that shall survive the kernel. */
export interface Keeper {
  /** The generation has come further, or to the end of a slice. `read` tells where it is when that is written down. */
  changed(read: () => Snapshot, isSliceEnd: boolean): void;
}
