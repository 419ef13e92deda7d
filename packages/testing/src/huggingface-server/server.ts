import { answerChatCompletions, flavours, sendEmbeddings } from '../openai-server/index.ts';
import {
  type Exchange,
  type RecordedRequest,
  startWireServer,
  textOf,
  type Vendor,
  type WireServer,
  type WireServerOptions,
} from '../wire-server/index.ts';
import { errorBody } from './errors.ts';
import { extractFeatures } from './feature-extraction.ts';
import { listModels } from './models.ts';

/** Starts a server that speaks Hugging Face’s router on a free loopback port. */
export function startHuggingFaceServer(options: WireServerOptions): Promise<WireServer> {
  return startWireServer(router, options);
}

const router: Vendor = {
  basePath: '/v1',
  routes: [
    { method: 'POST', path: /^\/v1\/chat\/completions$/, answer: answerChat },
    {
      method: 'POST',
      path: /^\/hf-inference\/models\/(?<model>.+)\/v1\/chat\/completions$/,
      answer: answerChat,
    },
    { method: 'POST', path: /^\/v1\/embeddings$/, answer: sendEmbeddings },
    {
      method: 'POST',
      path: /^\/hf-inference\/models\/(?<model>.+)\/pipeline\/feature-extraction$/,
      answer: extractFeatures,
    },
    { method: 'GET', path: /^\/v1\/models$/, answer: listModels },
  ],
  keyOf: ({ headers }) => headers.authorization?.replace(/^Bearer /, ''),
  wrongKey: (sent) => ({ status: 401, message: `Invalid username or password: ${sent}` }),
  unknownModel: (model) => ({
    status: 400,
    message: `The requested model '${model}' is not supported by any provider you have enabled.`,
    param: 'model',
    code: 'model_not_supported',
  }),
  errorBody,
};

function answerChat(exchange: Exchange): Promise<void> {
  const request = withoutProvider(exchange.request);
  return answerChatCompletions({ ...exchange, request }, flavours.openai);
}

/** A model may name the provider that is to serve it, or a policy such as `:cheapest`. */
function withoutProvider(request: RecordedRequest): RecordedRequest {
  const model = textOf(request.body.model).replace(/:[a-z0-9-]+$/, '');
  return { ...request, body: { ...request.body, model } };
}
