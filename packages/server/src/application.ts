import { randomUUID } from 'node:crypto';
import type { Logger } from '@aios/kernel';
import websocket from '@fastify/websocket';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { registerAnthropic } from './anthropic/index.ts';
import { registerEvents } from './events/index.ts';
import type { FaceContext, RegisterFace } from './face.ts';
import { answerProblem, answerUnreadableRequest, explainFailure } from './failure/index.ts';
import { registerGemini } from './gemini/index.ts';
import { registerGuard } from './guard/index.ts';
import { registerHealth } from './health/index.ts';
import { registerHooks } from './hooks/index.ts';
import type { ServerLimits } from './limits.ts';
import { registerNative } from './native/index.ts';
import { registerOpenAi } from './openai/index.ts';
import { registerOpenApi } from './openapi/index.ts';
import { registerServe } from './serve/index.ts';
import { onSocketError, registerSocket } from './socket/index.ts';
import { answerUnknownPath } from './unknown-path.ts';
import { registerWelcome } from './welcome/index.ts';

const faces: readonly RegisterFace[] = [
  registerWelcome,
  registerHealth,
  registerNative,
  registerOpenAi,
  registerSocket,
  registerServe,
  registerEvents,
  registerOpenApi,
  registerAnthropic,
  registerGemini,
  registerHooks,
];

export interface ApplicationOptions {
  readonly context: FaceContext;
  readonly host: string;
  readonly logger: Logger;
}

/** Puts the faces together. Nothing listens yet. */
export async function createApplication({
  context,
  host,
  logger,
}: ApplicationOptions): Promise<FastifyInstance> {
  const { kernel, limits } = context;
  const maxBodyBytes = kernel.config.server.max_body_bytes;
  const app = createFastify(logger, maxBodyBytes, limits);

  // A logger of its own for each request costs more than the request’s way through Fastify; who logs names the request.
  app.setChildLoggerFactory((parent) => parent);
  app.removeAllContentTypeParsers();
  app.setErrorHandler(async (thrown, request, reply) => {
    const error = explainFailure(thrown, request.id, maxBodyBytes);
    if (error.code === 'internal')
      request.log.error({ err: thrown, requestId: request.id }, 'request failed');
    // Fastify would close the connection under a client that still sends; Node throws the rest of the body away.
    if (reply.hasHeader('connection')) reply.removeHeader('connection');
    return await answerProblem(reply, error);
  });
  app.setNotFoundHandler(answerUnknownPath);
  // Before the guard: it closes the sockets of upgrades that the guard refuses.
  await app.register(websocket, {
    options: { maxPayload: maxBodyBytes, perMessageDeflate: false },
    errorHandler: onSocketError,
  });
  // With a callback, as a promise for every request would only cost time.
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  registerGuard(app, kernel, host);
  app.addHook('onResponse', (request, reply, done) => {
    if (logger.isLevelEnabled('debug')) {
      const { id: requestId, method, routeOptions } = request;
      const { statusCode, elapsedTime: durationMs } = reply;
      logger.debug({ requestId, method, route: routeOptions.url, statusCode, durationMs }, 'request');
    }
    done();
  });
  for (const registerFace of faces) registerFace(app, context);
  await app.ready();
  return app;
}

function createFastify(logger: FastifyBaseLogger, bodyLimit: number, limits: ServerLimits): FastifyInstance {
  const run = randomUUID().slice(0, 8);
  let requests = 0;
  return fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => {
      requests += 1;
      return `${run}-${requests}`;
    },
    bodyLimit,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    http: {
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: Math.min(5000, limits.headersTimeoutMs),
    },
    clientErrorHandler: answerUnreadableRequest,
    frameworkErrors: (error, request, reply) =>
      answerProblem(reply, explainFailure(error, request.id, bodyLimit)),
  });
}
