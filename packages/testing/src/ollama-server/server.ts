import type { JsonObject } from '@aios/protocol';
import { argumentsObject, argumentsText, countWords, type ScriptedTurn } from '../scripted-model/index.ts';
import {
  answerChat,
  type Exchange,
  embed,
  findModel,
  knowsModel,
  lineFrame,
  type ReplyFormat,
  sendJson,
  startWireServer,
  textOf,
  textsOf,
  type Vendor,
  type WireError,
  type WireServer,
  type WireServerOptions,
} from '../wire-server/index.ts';
import { listTags, showModel } from './models.ts';
import { refusal } from './refusal.ts';
import { lastLine, replyPieces, wholeReply } from './reply.ts';
import { toScriptedRequest } from './request.ts';

/** Starts a server that speaks Ollama’s interface on a free loopback port. */
export function startOllamaServer(options: WireServerOptions): Promise<WireServer> {
  return startWireServer(ollama, options);
}

const ollama: Vendor = {
  basePath: '',
  routes: [
    { method: 'POST', path: /^\/api\/chat$/, answer: answerChatRequest },
    { method: 'POST', path: /^\/api\/embed$/, answer: answerEmbed },
    { method: 'GET', path: /^\/api\/tags$/, answer: listTags },
    { method: 'POST', path: /^\/api\/show$/, answer: showModel },
    {
      method: 'GET',
      path: /^\/api\/version$/,
      answer: (exchange) => sendJson(exchange, { version: '0.13.0' }),
    },
  ],
  keyOf: ({ headers }) => headers.authorization?.replace(/^Bearer /, ''),
  wrongKey: (sent) => ({ status: 401, message: `unauthorized: ${sent}` }),
  unknownModel: (model) => ({ status: 404, message: `model '${model}' not found` }),
  errorBody,
};

/** Ollama’s error is a text, in the middle of a stream too. */
function errorBody({ message }: WireError): JsonObject {
  return { error: message };
}

async function answerChatRequest(exchange: Exchange): Promise<void> {
  const { body } = exchange.request;
  const script = withParsedCalls(exchange.options.script);
  const parsing = { ...exchange, options: { ...exchange.options, script } };
  await answerChat(
    parsing,
    toScriptedRequest(body),
    replyFormat(thinks(body, exchange.options)),
    refusal(body, exchange.options),
  );
}

/** A model that can think does so unless told not to. */
function thinks(body: JsonObject, options: WireServerOptions): boolean {
  const model = findModel(options, textOf(body.model));
  return body.think !== false && (model === undefined || model.capabilities.includes('thinking'));
}

/** Ollama parses the calls itself, so malformed arguments become an error. */
function withParsedCalls(script: WireServerOptions['script']): WireServerOptions['script'] {
  return (request) => {
    const turn = script(request);
    const malformed = turn?.toolCalls?.find((call) => argumentsObject(call) === undefined);
    if (malformed === undefined) return turn;
    const message = `error parsing tool call: raw='${argumentsText(malformed)}', err=unexpected end of JSON input`;
    const { toolCalls: _, ...rest } = turn ?? {};
    const broken: ScriptedTurn = { ...rest, fault: { kind: 'status', status: 500, message } };
    return broken;
  };
}

function replyFormat(thinks: boolean): ReplyFormat {
  return {
    whole: (turn, request) => wholeReply(turn, request, thinks),
    streamed: (turn, request) => ({
      opening: [],
      pieces: replyPieces(turn, request, thinks),
      closing: [lastLine(turn, request)],
    }),
    frame: lineFrame,
    errorEvent: errorBody,
    streamType: 'application/x-ndjson',
  };
}

function answerEmbed(exchange: Exchange): void {
  const model = textOf(exchange.request.body.model);
  if (!knowsModel(exchange, model)) return;
  const texts = textsOf(exchange.request.body.input);
  sendJson(exchange, {
    model,
    embeddings: texts.map(embed),
    total_duration: 3_000_000,
    load_duration: 1_000_000,
    prompt_eval_count: texts.reduce((sum, text) => sum + countWords(text), 0),
  });
}
