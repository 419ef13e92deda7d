import type {
  ChatChunk,
  ChatReply,
  ChatRequest,
  EmbedRequest,
  ForwardDialect,
  ForwardReply,
  ForwardRequest,
  JsonObject,
  Usage,
} from '@aios/protocol';
import type { Cost } from './limits/index.ts';

export interface DriverCall {
  /** Aborting it stops the call at the provider too. */
  readonly signal: AbortSignal;
  /** Takes the pieces of the reply as they come; absent when nobody wants a stream. */
  readonly emit?: (chunk: ChatChunk) => void;
  /**
   * Waits until the limits of the core let one more request of this size through. A driver that needs several requests for
   * a call, as for a repair, calls it before each but the first. Absent where there are no limits.
   */
  readonly admit?: (cost: Cost) => Promise<void>;
  /** Who goes first in the engine, the lower before the greater; of endpoints that take a priority, where config says so. */
  readonly priority?: number;
  /** The beginning of the reply, from which the model goes on; for endpoints with a `continuation` only. */
  readonly continueFrom?: string;
}

/** One limit of a provider as a response reported it. */
export interface LimitReport {
  /** How much the provider allows in a window. */
  limit?: number;
  /** How much of it is left. */
  remaining?: number;
  /** Milliseconds until the limit is whole again, counted from the response. */
  resetMs?: number;
}

/** What a provider said about its limits in the headers of a response. Absent members were not said. */
export interface RateLimitReport {
  requests?: LimitReport;
  /** Input and output together. */
  tokens?: LimitReport;
  inputTokens?: LimitReport;
  outputTokens?: LimitReport;
  /** Milliseconds to wait before the next request. */
  retryAfterMs?: number;
}

/** A reply before the core has put its own name on it. */
export type DriverReply = Omit<ChatReply, 'model' | 'provider'> & {
  /** For the core’s own bookkeeping; not part of the caller’s reply. */
  limits?: RateLimitReport;
};

export interface DriverEmbedding {
  /** As many as there were texts, in the same order. */
  vectors: number[][];
  usage: Usage;
  costUsd?: number;
  metadata?: JsonObject;
  limits?: RateLimitReport;
}

/** An answer that was passed on. */
export type DriverForward = Omit<ForwardReply, 'model' | 'provider'> & { limits?: RateLimitReport };

export interface ForwardSending {
  readonly signal: AbortSignal;
  /** See DriverCall. */
  readonly priority?: number;
  /** Takes the events of a streamed answer as they come. */
  readonly emit?: (chunk: { text: string }) => void;
}

/** Passes requests on in the dialect that they came in. */
export interface Forwarder {
  readonly dialects: readonly ForwardDialect[];
  /** Errors are those of `Driver`. */
  send(request: ForwardRequest, sending: ForwardSending): Promise<DriverForward>;
}

/** `details` of an AiosError that a driver throws, as far as they are known. */
export interface DriverErrorDetails {
  provider: string;
  model: string;
  /** HTTP status. */
  status?: number;
  /** Milliseconds that the provider asks to wait; always there with `rate_limited`. */
  retryAfterMs?: number;
  limits?: RateLimitReport;
  /** Pieces of the reply had reached the caller. */
  begun?: true;
  /** No byte of an answer came: the connection failed. */
  unreachable?: true;
  /** The request did not fit into the window, and how large that is where the provider says it. */
  overflow?: { readonly windowTokens?: number };
  /** The endpoint answered well, and what the model wrote was of no use after all repairs. */
  wrongReply?: true;
}

/**
 * Speaks to one model at one endpoint. Every error that it throws is an AiosError with the provider’s own message, without
 * any key, and with `DriverErrorDetails`. It never retries: whether and where to try again is decided above it.
 */
export interface Driver {
  chat(request: ChatRequest, call: DriverCall): Promise<DriverReply>;
  embed(request: EmbedRequest, call: Pick<DriverCall, 'signal' | 'admit'>): Promise<DriverEmbedding>;
  /** Absent where the endpoint speaks no dialect that callers may, or not well enough. */
  forward?: Forwarder;
}
