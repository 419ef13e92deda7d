import type { ChatChunk, ChatReply, ChatRequest, JsonObject, Usage } from '@aios/protocol';

export interface DriverCall {
  /** Aborting it stops the call at the provider too. */
  readonly signal: AbortSignal;
  /** Takes the pieces of the reply as they come; absent when nobody wants a stream. */
  readonly emit?: (chunk: ChatChunk) => void;
}

/** A reply before the core has put its own name on it. */
export type DriverReply = Omit<ChatReply, 'model' | 'provider'>;

export interface DriverEmbedding {
  /** As many as there were texts, in the same order. */
  vectors: number[][];
  usage: Usage;
  metadata?: JsonObject;
}

/**
 * Speaks to one model at one endpoint. Every error that it throws is an AiosError with the provider’s own message and
 * without any key. It never retries: whether and where to try again is decided above it.
 */
export interface Driver {
  chat(request: ChatRequest, call: DriverCall): Promise<DriverReply>;
  embed(texts: readonly string[], call: Pick<DriverCall, 'signal'>): Promise<DriverEmbedding>;
}
