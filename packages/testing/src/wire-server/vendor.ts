import type { ServerResponse } from 'node:http';
import type { JsonObject } from '@aios/protocol';
import type {
  Script,
  ScriptedLimits,
  ScriptedRequest,
  ScriptedTurn,
  StatusFault,
} from '../scripted-model/index.ts';
import type { RecordedRequest } from './recorder.ts';

/** An error that a vendor says in its own shape. */
export interface WireError {
  status: number;
  message: string;
  /** The vendor’s word for it; made from the status when absent. */
  code?: string;
  /** The vendor’s word for its kind; made from the status when absent. */
  type?: string;
  /** The part of the request that is wrong. */
  param?: string;
  /** What the vendor says for programs besides. */
  details?: JsonObject;
  headers?: Record<string, string>;
  retryAfterMs?: number;
}

/** A model that a server lists. */
export interface ServedModel {
  name: string;
  /** Tokens; 8192 when absent. */
  contextWindow?: number;
  /** In Ollama’s words, such as `tools`, `vision`, `thinking`. `completion` and `tools` when absent. */
  capabilities?: readonly string[];
}

export interface WireServerOptions {
  /** What the model answers. */
  script: Script;
  /** Requests without this key are refused; everybody is let in when absent. */
  key?: string;
  /** Models that it knows; any when absent. */
  models?: readonly (string | ServedModel)[];
  /** Refuses any request, whatever it is for, before it is looked at. */
  refuse?: (request: RecordedRequest) => StatusFault | undefined;
}

/** One request and the way to answer it. */
export interface Exchange {
  request: RecordedRequest;
  response: ServerResponse;
  options: WireServerOptions;
  vendor: Vendor;
  /** What the route’s pattern found in the path. */
  parameters: Record<string, string>;
}

/** A path of a vendor’s interface. */
export interface Route {
  method: 'GET' | 'POST' | 'HEAD';
  /** Of the whole path, without the query. */
  path: RegExp;
  /** Answers without a key. */
  isOpen?: boolean;
  answer: (exchange: Exchange) => void | Promise<void>;
}

/** What a vendor does its own way. */
export interface Vendor {
  /** The version in its paths, such as `/v1`; empty where there is none. */
  basePath: string;
  routes: readonly Route[];
  /** The key that came with a request. */
  keyOf(request: RecordedRequest): string | undefined;
  /**
   * The answer to a wrong key. It repeats the key in full, though vendors mask it, so that tests see whether
   * callers hide it.
   */
  wrongKey(sent: string): WireError;
  unknownModel(model: string): WireError;
  errorBody(error: WireError): JsonObject;
  /** What the headers of an error say about it. */
  errorHeaders?(error: WireError): Record<string, string>;
  /** The headers of every response. */
  headers?(): Record<string, string>;
  /** Rate limits in the vendor’s headers; those it cannot tell are left out. */
  limitHeaders?(limits: ScriptedLimits): Record<string, string>;
}

/** A reply in a vendor’s events: what begins, what each piece of the turn gives, what ends. */
export interface StreamedReply {
  opening: JsonObject[];
  pieces: JsonObject[][];
  closing: JsonObject[];
}

/** How a vendor sends a reply of the model, as a whole and as a stream. */
export interface ReplyFormat {
  whole(turn: ScriptedTurn, request: ScriptedRequest): JsonObject;
  streamed(turn: ScriptedTurn, request: ScriptedRequest): StreamedReply;
  /** An event on the wire; the text is its JSON, or half of it. */
  frame(json: string, event: JsonObject): string | Uint8Array;
  /** The event that tells of an error in the middle of a stream. */
  errorEvent(error: WireError): JsonObject;
  streamType: string;
  /** What follows the last event, such as `data: [DONE]`. */
  end?: string;
}
