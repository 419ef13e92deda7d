import { countWords, type ScriptedTurn } from '../scripted-model/index.ts';
import {
  answerChat,
  dataFrame,
  type Exchange,
  eventStream,
  knowsModel,
  objectOf,
  type ReplyFormat,
  Signatures,
  sendJson,
  startWireServer,
  type Vendor,
  type WireServer,
  type WireServerOptions,
} from '../wire-server/index.ts';
import { lastResponse, responsePieces, soundCalls, wholeResponse } from './content.ts';
import { batchEmbedContents, embedContent } from './embeddings.ts';
import { errorBody } from './errors.ts';
import { getModel, listModels } from './models.ts';
import { refusal } from './refusal.ts';
import { toScriptedRequest } from './request.ts';
import { callKey } from './thought-signatures.ts';

/** Starts a server that speaks Google’s Gemini interface on a free loopback port. */
export function startGeminiServer(options: WireServerOptions): Promise<WireServer> {
  return startWireServer(gemini(), options);
}

function gemini(): Vendor {
  const signatures = new Signatures();
  return {
    basePath: '/v1beta',
    routes: [
      {
        method: 'POST',
        path: methodPath('generateContent'),
        answer: (exchange) => answerGenerate(exchange, signatures, false),
      },
      {
        method: 'POST',
        path: methodPath('streamGenerateContent'),
        answer: (exchange) => answerGenerate(exchange, signatures, true),
      },
      { method: 'POST', path: methodPath('countTokens'), answer: countTokens },
      { method: 'POST', path: methodPath('embedContent'), answer: embedContent },
      { method: 'POST', path: methodPath('batchEmbedContents'), answer: batchEmbedContents },
      { method: 'GET', path: /^\/v1(?:beta)?\/models$/, answer: listModels },
      { method: 'GET', path: /^\/v1(?:beta)?\/models\/(?<model>[^:]+)$/, answer: getModel },
    ],
    keyOf: ({ headers, path }) =>
      headers['x-goog-api-key']?.toString() ??
      new URL(path, 'http://localhost').searchParams.get('key') ??
      undefined,
    wrongKey: (sent) => ({
      status: 400,
      message: `API key not valid. Please pass a valid API key: ${sent}`,
      code: 'API_KEY_INVALID',
    }),
    unknownModel: (model) => ({
      status: 404,
      message: `models/${model} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.`,
    }),
    errorBody,
  };
}

/** The official client asks for v1 since its version 3, others for v1beta. */
function methodPath(name: string): RegExp {
  return new RegExp(`^/v1(?:beta)?/models/(?<model>[^:]+):${name}$`);
}

async function answerGenerate(exchange: Exchange, signatures: Signatures, stream: boolean): Promise<void> {
  const { body } = exchange.request;
  const request = toScriptedRequest(body, { model: exchange.parameters.model ?? '', stream });
  const thinking = objectOf(objectOf(body.generationConfig).thinkingConfig);
  const format = replyFormat(thinking.includeThoughts === true, signatures);
  await answerChat(exchange, request, format, refusal(body, signatures, request.model));
}

function replyFormat(includeThoughts: boolean, signatures: Signatures): ReplyFormat {
  const sign = (turn: ScriptedTurn) => {
    for (const { name, args, signature } of soundCalls(turn)) {
      signatures.issue(callKey(name, args), signature);
    }
  };
  return {
    whole(turn, request) {
      sign(turn);
      return wholeResponse(turn, request, includeThoughts);
    },
    streamed(turn, request) {
      sign(turn);
      return {
        opening: [],
        pieces: responsePieces(turn, request, includeThoughts),
        closing: [lastResponse(turn, request)],
      };
    },
    frame: dataFrame,
    errorEvent: errorBody,
    streamType: eventStream,
  };
}

function countTokens(exchange: Exchange): void {
  const model = exchange.parameters.model ?? '';
  if (!knowsModel(exchange, model)) return;
  const { body } = exchange.request;
  const { messages } = toScriptedRequest(body, { model, stream: false });
  sendJson(exchange, { totalTokens: messages.reduce((sum, { text }) => sum + countWords(text), 0) });
}
