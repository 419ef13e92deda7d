import type { JsonObject } from '@aios/protocol';

export interface ScriptedToolCall {
  /** Made from the place in the reply when absent. */
  id?: string;
  name: string;
  /** A string is sent as it is, so that a test can make the model write malformed arguments. */
  arguments: JsonObject | string;
  /** How many deltas the arguments are streamed in; 3 when absent. */
  pieces?: number;
  /** What a vendor adds to the call, such as Gemini’s thought signature. */
  extraContent?: JsonObject;
}

/** What goes wrong with a reply. `afterPieces` counts the streamed pieces that still arrive. */
export type Fault =
  /** An HTTP error instead of a reply. */
  | {
      kind: 'status';
      status: number;
      message?: string;
      code?: string;
      headers?: Record<string, string>;
      /** Sent instead of an error object, such as a proxy’s page. */
      body?: string;
    }
  /** The connection is destroyed. */
  | { kind: 'cut'; afterPieces: number }
  /** Nothing more comes, the connection stays open. */
  | { kind: 'stall'; afterPieces: number }
  /** A frame that is not JSON. */
  | { kind: 'malformed'; afterPieces: number }
  /** The stream ends without saying why. */
  | { kind: 'unfinished'; afterPieces: number }
  /** An error object in the middle of the stream. */
  | { kind: 'error'; afterPieces: number; message: string; code?: string };

/** One reply of the scripted model. */
export interface ScriptedTurn {
  /** An array is streamed in exactly these pieces, a string word by word. */
  text?: string | readonly string[];
  reasoning?: string | readonly string[];
  toolCalls?: readonly ScriptedToolCall[];
  /** `stop`, or `tool_calls` when there are some, when absent. */
  finishReason?: string;
  /** null: not reported. Counted by words when absent. */
  usage?: { inputTokens: number; outputTokens: number } | null;
  /** Milliseconds before the reply begins. */
  delayMs?: number;
  /** Milliseconds between two pieces. */
  betweenMs?: number;
  fault?: Fault;
}
