import type { JsonObject } from '@aios/protocol';
import {
  argumentsText,
  cutInto,
  type ScriptedToolCall,
  type ScriptedTurn,
  textPieces,
  wholeText,
} from '../../scripted-model/index.ts';

/** An item of the output, whole and as it is streamed. */
export interface OutputItem {
  whole: JsonObject;
  /** As it begins, empty. */
  start: JsonObject;
  /** Events before the first piece, without their place. */
  opening: JsonObject[];
  /** One event a piece of the turn. */
  deltas: JsonObject[];
  /** Events after the last piece. */
  closing: JsonObject[];
}

/** What a request wants to know of the reasoning. */
export interface ReasoningWish {
  summary: boolean;
  encrypted: boolean;
}

/** The items of a turn; `number` makes their ids. */
export function outputItems(turn: ScriptedTurn, number: number, wish: ReasoningWish): OutputItem[] {
  return [
    ...reasoningItem(turn, `rs_${number}`, wish),
    ...messageItem(turn, `msg_${number}`),
    ...(turn.toolCalls ?? []).map((call, index) => callItem(call, index, `fc_${number}_${index + 1}`)),
  ];
}

/** OpenAI keeps the reasoning to itself and shows, where asked, a summary or a sealed copy. */
function reasoningItem(turn: ScriptedTurn, id: string, wish: ReasoningWish): OutputItem[] {
  const pieces = textPieces(turn.reasoning);
  if (pieces.length === 0) return [];
  const start: JsonObject = { id, type: 'reasoning', summary: [] };
  if (wish.encrypted) start.encrypted_content = Buffer.from(pieces.join('')).toString('base64');
  if (!wish.summary) return [{ whole: start, start, opening: [], deltas: [], closing: [] }];
  const part = { type: 'summary_text', text: wholeText(turn.reasoning) };
  const at = { summary_index: 0 };
  return [
    {
      whole: { ...start, summary: [part] },
      start,
      opening: [{ type: 'response.reasoning_summary_part.added', ...at, part: { ...part, text: '' } }],
      deltas: pieces.map((delta) => ({ type: 'response.reasoning_summary_text.delta', ...at, delta })),
      closing: [
        { type: 'response.reasoning_summary_text.done', ...at, text: part.text },
        { type: 'response.reasoning_summary_part.done', ...at, part },
      ],
    },
  ];
}

function messageItem(turn: ScriptedTurn, id: string): OutputItem[] {
  const pieces = textPieces(turn.text);
  if (pieces.length === 0) return [];
  const part = { type: 'output_text', text: wholeText(turn.text), annotations: [], logprobs: [] };
  const start = { id, type: 'message', status: 'in_progress', role: 'assistant', content: [] };
  const at = { content_index: 0 };
  return [
    {
      whole: { ...start, status: 'completed', content: [part] },
      start,
      opening: [{ type: 'response.content_part.added', ...at, part: { ...part, text: '' } }],
      deltas: pieces.map((delta) => ({ type: 'response.output_text.delta', ...at, delta, logprobs: [] })),
      closing: [
        { type: 'response.output_text.done', ...at, text: part.text, logprobs: [] },
        { type: 'response.content_part.done', ...at, part },
      ],
    },
  ];
}

function callItem(call: ScriptedToolCall, index: number, id: string): OutputItem {
  const { name } = call;
  const text = argumentsText(call);
  const callId = call.id ?? `call_${index + 1}`;
  const start = { id, type: 'function_call', status: 'in_progress', call_id: callId, name, arguments: '' };
  const delta = (piece: string) => ({ type: 'response.function_call_arguments.delta', delta: piece });
  return {
    whole: { ...start, status: 'completed', arguments: text },
    start,
    opening: [],
    deltas: cutInto(text, call.pieces ?? 3).map(delta),
    closing: [{ type: 'response.function_call_arguments.done', name, arguments: text }],
  };
}
