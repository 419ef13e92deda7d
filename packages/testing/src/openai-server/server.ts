import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { JsonObject } from '@aios/protocol';
import type { Script } from '../scripted-model/index.ts';
import { sendTurn } from './chat.ts';
import { sendEmbeddings } from './embeddings.ts';
import { sendError, sendJson } from './errors.ts';
import { type RecordedRequest, Recorder } from './recorder.ts';
import { readBody, refusal, textOf, toScriptedRequest } from './request.ts';

export interface OpenAiServerOptions {
  /** What the model answers. */
  script: Script;
  /** Requests without `Authorization: Bearer key` are refused; everybody is let in when absent. */
  key?: string;
  /** Models that it knows; any when absent. */
  models?: readonly string[];
}

export interface OpenAiServer extends AsyncDisposable {
  /** Such as http://127.0.0.1:41234. */
  readonly origin: string;
  /** The origin with /v1. */
  readonly baseUrl: string;
  /** Every request that came, in order. */
  readonly requests: readonly RecordedRequest[];
  /** The request of this place, counted from 0; waits until it comes. */
  requestAt(index: number): Promise<RecordedRequest>;
  close(): Promise<void>;
}

/** Starts a server on a free loopback port. It speaks for the scripted model until it is closed. */
export async function startOpenAiServer(options: OpenAiServerOptions): Promise<OpenAiServer> {
  const recorder = new Recorder();
  const server = createServer((incoming, response) => {
    respond(incoming, response, options, recorder).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendError(response, { status: 400, message: `We could not parse the body: ${String(error)}` });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  const origin = `http://127.0.0.1:${address.port}`;

  const close = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return {
    origin,
    baseUrl: `${origin}/v1`,
    requests: recorder.requests,
    requestAt: (index) => recorder.at(index),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function respond(
  incoming: IncomingMessage,
  response: ServerResponse,
  options: OpenAiServerOptions,
  recorder: Recorder,
): Promise<void> {
  const body = await readBody(incoming);
  recorder.record(incoming, response, body);
  const route = `${incoming.method} ${incoming.url}`;
  if (route === 'GET /api/tags') {
    sendJson(response, 200, ollamaTags(options));
    return;
  }
  if (!isAdmitted(incoming, options)) {
    refuseKey(response, incoming);
    return;
  }
  switch (route) {
    case 'GET /v1/models':
      sendJson(response, 200, modelList(options));
      return;
    case 'POST /v1/embeddings':
      if (knowsModel(response, body, options)) sendEmbeddings(response, body);
      return;
    case 'POST /v1/chat/completions':
      if (knowsModel(response, body, options)) await chat(response, body, options);
      return;
    default:
      sendError(response, { status: 404, message: `Invalid URL (${route})` });
  }
}

async function chat(
  response: ServerResponse,
  body: JsonObject,
  { script }: OpenAiServerOptions,
): Promise<void> {
  const refused = refusal(body);
  if (refused !== undefined) {
    sendError(response, refused);
    return;
  }
  const request = toScriptedRequest(body);
  const turn = script(request);
  if (turn === undefined) {
    const last = request.messages.at(-1)?.text ?? '';
    sendError(response, {
      status: 500,
      type: 'server_error',
      message: `The script has no answer to: ${last}`,
    });
    return;
  }
  await sendTurn(response, turn, request, body);
}

function isAdmitted(incoming: IncomingMessage, { key }: OpenAiServerOptions): boolean {
  return key === undefined || incoming.headers.authorization === `Bearer ${key}`;
}

/** Like OpenAI, it repeats the wrong key in the message, though in full, so that tests see whether it is hidden. */
function refuseKey(response: ServerResponse, incoming: IncomingMessage): void {
  const sent = incoming.headers.authorization?.replace(/^Bearer /, '') ?? '';
  sendError(response, {
    status: 401,
    message: `Incorrect API key provided: ${sent}. You can find your API key at https://platform.openai.com/account/api-keys.`,
    code: 'invalid_api_key',
  });
}

function knowsModel(response: ServerResponse, body: JsonObject, { models }: OpenAiServerOptions): boolean {
  const model = textOf(body.model);
  if (models === undefined || models.includes(model)) return true;
  sendError(response, {
    status: 404,
    message: `The model \`${model}\` does not exist or you do not have access to it.`,
    code: 'model_not_found',
  });
  return false;
}

function modelList({ models = [] }: OpenAiServerOptions): object {
  return {
    object: 'list',
    data: models.map((id) => ({ id, object: 'model', created: 1_760_000_000, owned_by: 'scripted' })),
  };
}

function ollamaTags({ models = [] }: OpenAiServerOptions): object {
  return {
    models: models.map((name) => ({ name, model: name, modified_at: '2026-01-01T00:00:00Z', size: 1 })),
  };
}
