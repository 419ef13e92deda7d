import type { ScriptedTurn } from '../scripted-model/index.ts';
import {
  answerChat,
  type Exchange,
  type ReplyFormat,
  type Route,
  Signatures,
  sendJson,
  servedModels,
  startWireServer,
  type Vendor,
  type WireServer,
  type WireServerOptions,
} from '../wire-server/index.ts';
import { invokeTitanEmbedding } from './embedding.ts';
import { errorBody, errorEvent, errorHeaders } from './errors.ts';
import { amazonEventStream, amazonFrame } from './frames.ts';
import { blockEvents, converseResponse, messageEnd, toolUseId } from './message.ts';
import { refusal } from './refusal.ts';
import { toScriptedRequest } from './request.ts';
import { type BedrockCredentials, signatureProblem } from './signature.ts';

export interface BedrockServerOptions extends WireServerOptions {
  /** Requests must be signed with these; they come in place of the key, which is that of AWS_BEARER_TOKEN_BEDROCK. */
  credentials?: BedrockCredentials;
}

/** Stands for a right signature where others have a key. */
const signedWell = 'signed with the right credentials';

/** Starts a server that speaks Amazon Bedrock’s Converse and ConverseStream on a free loopback port. */
export function startBedrockServer({ credentials, ...options }: BedrockServerOptions): Promise<WireServer> {
  if (credentials === undefined) return startWireServer(bedrock(), options);
  const signed: Pick<Vendor, 'keyOf' | 'wrongKey'> = {
    keyOf: (request) => signatureProblem(request, credentials) ?? signedWell,
    wrongKey: (message) => ({ status: 403, message, code: 'InvalidSignatureException' }),
  };
  return startWireServer({ ...bedrock(), ...signed }, { ...options, key: signedWell });
}

function bedrock(): Vendor {
  const signatures = new Signatures();
  const format = replyFormat(signatures);
  const converse = (action: string, stream: boolean): Route => ({
    method: 'POST',
    path: new RegExp(`^/model/(?<model>[^/]+)/${action}$`),
    answer: (exchange) => answerConverse(exchange, format, signatures, stream),
  });
  return {
    basePath: '',
    routes: [
      converse('converse', false),
      converse('converse-stream', true),
      { method: 'POST', path: /^\/model\/(?<model>[^/]+)\/invoke$/, answer: invokeTitanEmbedding },
      { method: 'GET', path: /^\/foundation-models$/, answer: listModels },
    ],
    keyOf: ({ headers }) => headers.authorization?.replace(/^Bearer /, ''),
    wrongKey: (sent) => ({
      status: 403,
      message: `Authentication failed: Please make sure your API Key is valid: ${sent}`,
    }),
    unknownModel: () => ({ status: 400, message: 'The provided model identifier is invalid.' }),
    errorBody,
    errorHeaders,
    headers: () => ({ 'x-amzn-requestid': '00000000-0000-4000-8000-000000000000' }),
  };
}

async function answerConverse(
  exchange: Exchange,
  format: ReplyFormat,
  signatures: Signatures,
  stream: boolean,
): Promise<void> {
  const { body } = exchange.request;
  const request = toScriptedRequest(body, exchange.parameters.model ?? '', stream);
  await answerChat(exchange, request, format, refusal(body, signatures));
}

/** Only signatures that a script sets are wanted back, so that a script without them may repeat the ids of its calls. */
function replyFormat(signatures: Signatures): ReplyFormat {
  const sign = (turn: ScriptedTurn) => {
    for (const [index, call] of (turn.toolCalls ?? []).entries()) {
      signatures.issue(toolUseId(call, index), turn.reasoningSignature);
    }
  };
  return {
    whole(turn, request) {
      sign(turn);
      return converseResponse(turn, request);
    },
    streamed(turn, request) {
      sign(turn);
      return {
        opening: [{ messageStart: { role: 'assistant' } }],
        pieces: blockEvents(turn),
        closing: messageEnd(turn, request),
      };
    },
    frame: amazonFrame,
    errorEvent,
    streamType: amazonEventStream,
  };
}

/** Amazon lists its models at another host, bedrock.REGION.amazonaws.com. */
function listModels(exchange: Exchange): void {
  const modelSummaries = servedModels(exchange.options).map(({ name, capabilities }) => ({
    modelArn: `arn:aws:bedrock:us-east-1::foundation-model/${name}`,
    modelId: name,
    modelName: name,
    providerName: 'Scripted',
    inputModalities: capabilities.includes('vision') ? ['TEXT', 'IMAGE'] : ['TEXT'],
    outputModalities: ['TEXT'],
    responseStreamingSupported: true,
    modelLifecycle: { status: 'ACTIVE' },
  }));
  sendJson(exchange, { modelSummaries });
}
