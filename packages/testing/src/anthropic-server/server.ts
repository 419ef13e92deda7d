import type { JsonObject } from '@aios/protocol';
import { countWords, type ScriptedTurn } from '../scripted-model/index.ts';
import {
  answerChat,
  type Exchange,
  eventStream,
  knowsModel,
  namedFrame,
  objectOf,
  type ReplyFormat,
  Signatures,
  sendJson,
  servedModels,
  startWireServer,
  type Vendor,
  type WireServer,
  type WireServerOptions,
} from '../wire-server/index.ts';
import { errorBody } from './errors.ts';
import { limitHeaders } from './limits.ts';
import { blockEvents, message, messageEnd, messageStart, toolUseId } from './message.ts';
import { refusal } from './refusal.ts';
import { toScriptedRequest } from './request.ts';

/** Starts a server that speaks Anthropic’s Messages interface on a free loopback port. */
export function startAnthropicServer(options: WireServerOptions): Promise<WireServer> {
  return startWireServer(anthropic(), options);
}

function anthropic(): Vendor {
  const signatures = new Signatures();
  return {
    basePath: '/v1',
    routes: [
      {
        method: 'POST',
        path: /^\/v1\/messages$/,
        answer: (exchange) => answerMessages(exchange, signatures),
      },
      { method: 'POST', path: /^\/v1\/messages\/count_tokens$/, answer: countTokens },
      { method: 'GET', path: /^\/v1\/models$/, answer: listModels },
      { method: 'GET', path: /^\/v1\/models\/(?<model>.+)$/, answer: retrieveModel },
    ],
    keyOf: ({ headers }) =>
      headers['x-api-key']?.toString() ?? headers.authorization?.replace(/^Bearer /, ''),
    wrongKey: (sent) => ({ status: 401, message: `invalid x-api-key: ${sent}` }),
    unknownModel: (model) => ({ status: 404, message: `model: ${model}` }),
    errorBody,
    headers: () => ({ 'request-id': 'req_scripted' }),
    limitHeaders,
  };
}

async function answerMessages(exchange: Exchange, signatures: Signatures): Promise<void> {
  const { body } = exchange.request;
  const format = replyFormat(objectOf(body.thinking), signatures);
  await answerChat(exchange, toScriptedRequest(body), format, refusal(exchange.request, signatures));
}

/** Only signatures that a script sets are wanted back, so that a script without them may repeat the ids of its calls. */
function replyFormat(thinking: JsonObject, signatures: Signatures): ReplyFormat {
  const sign = (turn: ScriptedTurn) => {
    for (const [index, call] of (turn.toolCalls ?? []).entries()) {
      signatures.issue(toolUseId(call, index), turn.reasoningSignature);
    }
  };
  return {
    whole(turn, request) {
      sign(turn);
      return message(turn, request, thinking);
    },
    streamed(turn, request) {
      sign(turn);
      return {
        opening: [messageStart(turn, request), { type: 'ping' }],
        pieces: blockEvents(turn, thinking),
        closing: messageEnd(turn, request),
      };
    },
    frame: namedFrame,
    errorEvent: errorBody,
    streamType: eventStream,
  };
}

function countTokens(exchange: Exchange): void {
  const request = toScriptedRequest(exchange.request.body);
  if (!knowsModel(exchange, request.model)) return;
  const tokens = request.messages.reduce((sum, { text }) => sum + countWords(text), 0);
  sendJson(exchange, { input_tokens: tokens });
}

function listModels(exchange: Exchange): void {
  const names = servedModels(exchange.options).map(({ name }) => name);
  sendJson(exchange, {
    data: names.map(describe),
    has_more: false,
    first_id: names[0] ?? null,
    last_id: names.at(-1) ?? null,
  });
}

function retrieveModel(exchange: Exchange): void {
  const { model = '' } = exchange.parameters;
  if (knowsModel(exchange, model)) sendJson(exchange, describe(model));
}

function describe(name: string): JsonObject {
  return { type: 'model', id: name, display_name: name, created_at: '2026-01-01T00:00:00Z' };
}
