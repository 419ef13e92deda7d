import {
  type Exchange,
  type Route,
  startWireServer,
  type Vendor,
  type WireServer,
  type WireServerOptions,
} from '../wire-server/index.ts';
import { answerChatCompletions, type ChatFlavour, flavours } from './chat/index.ts';
import { sendEmbeddings } from './embeddings.ts';
import { errorBody } from './errors.ts';
import { limitHeaders, mistralLimitHeaders } from './limits.ts';
import { listModels, listTags, retrieveModel } from './models.ts';
import { answerResponses, ResponseStore } from './responses/index.ts';

export type OpenAiServerOptions = WireServerOptions;
export type OpenAiServer = WireServer;

/** Starts a server with OpenAI’s chat completions, responses and embeddings on a free loopback port. */
export function startOpenAiServer(options: OpenAiServerOptions): Promise<OpenAiServer> {
  const store = new ResponseStore();
  const responses: Route = {
    method: 'POST',
    path: /^\/v1\/responses$/,
    answer: (exchange) => answerResponses(exchange, store),
  };
  const tags: Route = { method: 'GET', path: /^\/api\/tags$/, isOpen: true, answer: listTags };
  return startWireServer(vendorOf('/v1', flavours.openai, [responses, tags]), options);
}

/** Starts a server with DeepSeek’s dialect of chat completions. */
export function startDeepSeekServer(options: OpenAiServerOptions): Promise<OpenAiServer> {
  // Its beta has a path of its own.
  const beta: Route = {
    method: 'POST',
    path: /^\/beta\/chat\/completions$/,
    answer: (exchange) => answerChatCompletions(exchange, flavours.deepSeek),
  };
  return startWireServer(vendorOf('', flavours.deepSeek, [beta]), options);
}

/** Starts a server with Groq’s dialect of chat completions. */
export function startGroqServer(options: OpenAiServerOptions): Promise<OpenAiServer> {
  return startWireServer(vendorOf('/openai/v1', flavours.groq), options);
}

/** Starts a server with Mistral’s dialect of chat completions. */
export function startMistralServer(options: OpenAiServerOptions): Promise<OpenAiServer> {
  return startWireServer(
    { ...vendorOf('/v1', flavours.mistral), limitHeaders: mistralLimitHeaders },
    options,
  );
}

function vendorOf(basePath: string, flavour: ChatFlavour, further: readonly Route[] = []): Vendor {
  const path = (name: string) => new RegExp(`^${basePath}/${name}$`);
  return {
    basePath,
    routes: [
      {
        method: 'POST',
        path: path('chat/completions'),
        answer: (exchange: Exchange) => answerChatCompletions(exchange, flavour),
      },
      { method: 'POST', path: path('embeddings'), answer: sendEmbeddings },
      { method: 'GET', path: path('models'), answer: listModels },
      { method: 'GET', path: path('models/(?<model>.+)'), answer: retrieveModel },
      ...further,
    ],
    keyOf: ({ headers }) => headers.authorization?.replace(/^Bearer /, ''),
    wrongKey: (sent) => ({
      status: 401,
      message: `Incorrect API key provided: ${sent}. You can find your API key at https://platform.openai.com/account/api-keys.`,
      code: 'invalid_api_key',
    }),
    unknownModel: (model) => ({
      status: 404,
      message: `The model \`${model}\` does not exist or you do not have access to it.`,
      code: 'model_not_found',
    }),
    errorBody,
    headers: () => ({ 'x-request-id': 'req_scripted' }),
    limitHeaders,
  };
}
