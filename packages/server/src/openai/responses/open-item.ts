import type { JsonObject } from '@aios/protocol';
import { readArguments } from '../call-arguments.ts';
import { customInput } from '../custom-tools.ts';

/** How an item of the output ends. */
export type ItemStatus = 'completed' | 'incomplete';

/** An event of a stream, without its number. */
export interface ResponseEvent {
  readonly type: string;
  readonly [field: string]: JsonObject[string] | undefined;
}

/** An item of the output while it is written: the events as which it begins, grows and ends, and what it is at last. */
export interface OpenItem {
  /** The item as it begins, empty. */
  readonly begun: JsonObject;
  /** Events after the item was announced. */
  opening(): ResponseEvent[];
  /** Adds a piece. */
  add(piece: string): ResponseEvent[];
  /** Events before the item is said to be done. */
  closing(): ResponseEvent[];
  ended(status: ItemStatus): JsonObject;
}

/** Where an item stands, in each of its events. */
type Place = { readonly item_id: string; readonly output_index: number };

export function openMessage(id: string, index: number): OpenItem {
  const place = { item_id: id, output_index: index, content_index: 0 };
  let text = '';
  const part = () => ({ type: 'output_text', text, annotations: [], logprobs: [] });
  const begun = { id, type: 'message', status: 'in_progress', role: 'assistant', content: [] };
  return {
    begun,
    opening: () => [{ type: 'response.content_part.added', ...place, part: part() }],
    add(delta) {
      text += delta;
      return [{ type: 'response.output_text.delta', ...place, delta, logprobs: [] }];
    },
    closing: () => [
      { type: 'response.output_text.done', ...place, text, logprobs: [] },
      { type: 'response.content_part.done', ...place, part: part() },
    ],
    ended: (status) => ({ ...begun, status, content: [part()] }),
  };
}

export function openReasoning(id: string, index: number): OpenItem {
  const place = { item_id: id, output_index: index, summary_index: 0 };
  let text = '';
  const part = () => ({ type: 'summary_text', text });
  const begun = { id, type: 'reasoning', summary: [] };
  return {
    begun,
    opening: () => [{ type: 'response.reasoning_summary_part.added', ...place, part: part() }],
    add(delta) {
      text += delta;
      return [{ type: 'response.reasoning_summary_text.delta', ...place, delta }];
    },
    closing: () => [
      { type: 'response.reasoning_summary_text.done', ...place, text },
      { type: 'response.reasoning_summary_part.done', ...place, part: part() },
    ],
    ended: () => ({ ...begun, summary: [part()] }),
  };
}

/** Thinking that only the provider can read; nothing of it is streamed. */
export function sealedReasoning(id: string, content: string): JsonObject {
  return { id, type: 'reasoning', summary: [], encrypted_content: content };
}

export interface CallHead {
  readonly callId: string;
  readonly name: string;
  readonly namespace?: string;
}

export function openFunctionCall(id: string, index: number, head: CallHead): OpenItem {
  const place: Place = { item_id: id, output_index: index };
  const { callId, name, namespace } = head;
  let text = '';
  const begun = {
    id,
    type: 'function_call',
    status: 'in_progress',
    call_id: callId,
    name,
    ...(namespace !== undefined && { namespace }),
    arguments: '',
  };
  return {
    begun,
    opening: () => [],
    add(delta) {
      text += delta;
      return [{ type: 'response.function_call_arguments.delta', ...place, delta }];
    },
    closing: () => [{ type: 'response.function_call_arguments.done', ...place, name, arguments: text }],
    ended: (status) => ({ ...begun, status, arguments: text }),
  };
}

/** A call of a tool that takes text. The text is told at once: it is known only when its JSON is whole. */
export function openCustomCall(id: string, index: number, head: CallHead): OpenItem {
  const place: Place = { item_id: id, output_index: index };
  const { callId, name, namespace } = head;
  let written = '';
  const begun = {
    id,
    type: 'custom_tool_call',
    status: 'in_progress',
    call_id: callId,
    name,
    ...(namespace !== undefined && { namespace }),
    input: '',
  };
  const input = () => customInput({ id: callId, name, ...readArguments(written) });
  return {
    begun,
    opening: () => [],
    add(piece) {
      written += piece;
      return [];
    },
    closing: () => [
      { type: 'response.custom_tool_call_input.delta', ...place, delta: input() },
      { type: 'response.custom_tool_call_input.done', ...place, input: input() },
    ],
    ended: (status) => ({ ...begun, status, input: input() }),
  };
}
