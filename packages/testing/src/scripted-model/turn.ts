import type { JsonObject } from '@aios/protocol';

export interface ScriptedToolCall {
  /** Made from the place in the reply when absent. */
  id?: string;
  name: string;
  /** A string is sent as it is, so that a test can make the model write malformed arguments. */
  arguments: JsonObject | string;
  /** How many deltas the arguments are streamed in; 3 when absent. */
  pieces?: number;
  /** What a vendor that speaks OpenAI’s dialect adds to the call. */
  extraContent?: JsonObject;
  /** What Gemini wants back with the call: its thought signature. Made up for the first call when absent. */
  signature?: string;
}

/** An HTTP error instead of a reply. */
export interface StatusFault {
  kind: 'status';
  status: number;
  message?: string;
  code?: string;
  headers?: Record<string, string>;
  /** Told as `retry-after`, in whole seconds, and as the vendor tells it besides. */
  retryAfterMs?: number;
  /** Sent instead of an error object, such as a proxy’s page. */
  body?: string;
}

/** What goes wrong with a reply. `afterPieces` counts the streamed pieces that still arrive. */
export type Fault =
  | StatusFault
  /** The connection is destroyed before a byte of the reply. */
  | { kind: 'reset' }
  /** The connection is destroyed. */
  | { kind: 'cut'; afterPieces: number }
  /** Nothing more comes, the connection stays open. */
  | { kind: 'stall'; afterPieces: number }
  /** A frame that is not JSON. */
  | { kind: 'malformed'; afterPieces: number }
  /** The stream ends without saying why. */
  | { kind: 'unfinished'; afterPieces: number }
  /** An error object in the middle of the stream; the status it stands for is 500 when absent. */
  | { kind: 'error'; afterPieces: number; message: string; code?: string; status?: number };

/** Tokens of a reply. The details are parts of the two sums, whatever way the vendor counts them. */
export interface ScriptedUsage {
  inputTokens: number;
  outputTokens: number;
  /** Read from the vendor’s prompt cache. */
  cachedInputTokens?: number;
  /** Written to the vendor’s prompt cache, where it counts them. */
  cacheWriteTokens?: number;
  reasoningTokens?: number;
}

/** One of a vendor’s rate limits. */
interface ScriptedLimit {
  limit: number;
  remaining: number;
  /** Milliseconds until it is full again. */
  resetMs: number;
}

/** The rate limits a vendor reports with each reply; which of them it can tell is its own matter. */
export interface ScriptedLimits {
  requests?: ScriptedLimit;
  tokens?: ScriptedLimit;
  inputTokens?: ScriptedLimit;
  outputTokens?: ScriptedLimit;
}

/** One reply of the scripted model. */
export interface ScriptedTurn {
  /** An array is streamed in exactly these pieces, a string word by word. */
  text?: string | readonly string[];
  reasoning?: string | readonly string[];
  /** What Anthropic wants back with the reasoning; made up when absent. */
  reasoningSignature?: string;
  toolCalls?: readonly ScriptedToolCall[];
  /**
   * `stop`, `length`, `tool_calls` or `content_filter`, said in the vendor’s word; any other goes as it is.
   * `stop`, or `tool_calls` when there are some, when absent.
   */
  finishReason?: string;
  /** null: not reported. Counted by words when absent. */
  usage?: ScriptedUsage | null;
  /** Rate limits, told in the vendor’s headers. */
  limits?: ScriptedLimits;
  /** Further response headers. */
  headers?: Record<string, string>;
  /** Milliseconds before the reply begins. */
  delayMs?: number;
  /** Milliseconds between two pieces. */
  betweenMs?: number;
  fault?: Fault;
}
