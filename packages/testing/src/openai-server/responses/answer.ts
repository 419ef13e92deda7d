import type { JsonObject } from '@aios/protocol';
import type { ScriptedRequest, ScriptedTurn } from '../../scripted-model/index.ts';
import {
  answerChat,
  type Exchange,
  eventStream,
  namedFrame,
  objectOf,
  type ReplyFormat,
  sendError,
  textsOf,
  type WireError,
} from '../../wire-server/index.ts';
import { typeOf } from '../errors.ts';
import { responseEvents } from './events.ts';
import { outputItems, type ReasoningWish } from './items.ts';
import { refusal } from './refusal.ts';
import { toScriptedRequest } from './request.ts';
import { begunResponse, endedResponse } from './response.ts';
import type { ResponseStore } from './store.ts';

/** `POST /v1/responses` */
export async function answerResponses(exchange: Exchange, store: ResponseStore): Promise<void> {
  const { body } = exchange.request;
  const conversation = store.conversation(body);
  if ('refused' in conversation) {
    sendError(exchange, conversation.refused);
    return;
  }
  const { items } = conversation;
  const format = replyFormat(body, items, store);
  await answerChat(exchange, toScriptedRequest(body, items), format, refusal(body, items));
}

function replyFormat(body: JsonObject, items: readonly JsonObject[], store: ResponseStore): ReplyFormat {
  const number = store.next();
  const id = `resp_${number}`;
  const begun = begunResponse(id, body);
  const compose = (turn: ScriptedTurn, request: ScriptedRequest) => {
    const output = outputItems(turn, number, reasoningWish(body));
    const wholes = output.map(({ whole }) => whole);
    store.keep(id, body, items, wholes);
    return { output, ended: endedResponse(begun, wholes, turn, request) };
  };
  return {
    whole: (turn, request) => compose(turn, request).ended,
    streamed(turn, request) {
      const { output, ended } = compose(turn, request);
      return responseEvents(begun, output, ended);
    },
    frame: namedFrame,
    errorEvent,
    streamType: eventStream,
  };
}

function reasoningWish(body: JsonObject): ReasoningWish {
  const { summary } = objectOf(body.reasoning);
  return {
    summary: typeof summary === 'string',
    encrypted: textsOf(body.include).includes('reasoning.encrypted_content'),
  };
}

/** Nested, as OpenAI sends it, though its reference shows it flat (openai/openai-dotnet#881). */
function errorEvent({ status, message, type, code, param }: WireError): JsonObject {
  const error = { type: type ?? typeOf(status), code: code ?? null, message, param: param ?? null };
  return { type: 'error', sequence_number: 0, error };
}
