// Google’s Gemini interface, https://ai.google.dev/api, for its official clients and the Agent Development Kit:
// POST /v1beta/models/{model}:generateContent (and the same under /v1), :streamGenerateContent, :countTokens, :embedContent, :batchEmbedContents.

import { AiosError } from '@aios/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import {
  answerOnce,
  answerStream,
  bytesOf,
  callChat,
  type Dialect,
  frameOf,
  readBody,
  registerDialect,
} from '../dialect/index.ts';
import type { FaceContext, RegisterFace } from '../face.ts';
import { forwardRequest } from '../forward/index.ts';
import { sessionOf } from '../guard/index.ts';
import { AnswerStream } from './answer-stream.ts';
import { errorBody } from './error.ts';
import { answerHead, partsOf, toAnswer } from './reply.ts';
import { textOf, toChat, toConversation } from './request.ts';
import {
  batchEmbedRequest,
  camelCase,
  countRequest,
  embedRequest,
  generateRequest,
} from './request-schema.ts';

/** Google’s clients call one or the other, by their age. */
const versions = ['v1beta', 'v1'] as const;

const dialect: Dialect = {
  realms: ['/v1beta/*'],
  errorBody,
  errorFrame: (error) => frameOf(errorBody(error)),
};

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly context: FaceContext;
  readonly model: string;
}

const methods: Readonly<Record<string, (exchange: Exchange) => Promise<unknown>>> = {
  generateContent: async (exchange) => {
    if (await passOn(exchange, false)) return exchange.reply;
    const { request, reply, context, model } = exchange;
    const body = bodyOf(request, generateRequest);
    const input = toChat(model, body);
    const answer = await answerOnce(reply, context, (signal) =>
      callChat(sessionOf(request), reply, input, { signal }),
    );
    return toAnswer(answerHead(model), partsOf(answer, showsThoughts(body)), answer);
  },
  streamGenerateContent: async (exchange) => {
    const { request, reply, context, model } = exchange;
    const { alt } = request.query as { alt?: string };
    if (alt !== 'sse') {
      throw new AiosError('invalid_argument', 'Streams come as server-sent events here: ask with ?alt=sse.');
    }
    if (await passOn(exchange, true)) return reply;
    const body = bodyOf(request, generateRequest);
    const input = toChat(model, body);
    await answerStream(request, reply, context, dialect, async (stream, signal) => {
      const answer = new AnswerStream(answerHead(model), {
        withThoughts: showsThoughts(body),
        send: (data) => stream.send(frameOf(data)),
      });
      const onChunk = answer.chunk.bind(answer);
      answer.finish(await callChat(sessionOf(request), reply, input, { signal, onChunk }));
    });
    return reply;
  },
  countTokens: async ({ request, reply, context, model }) => {
    const input = toConversation(model, bodyOf(request, countRequest));
    return await answerOnce(reply, context, async (signal) => {
      const { inputTokens } = await sessionOf(request).call('llm.count', input, { signal });
      return { totalTokens: inputTokens };
    });
  },
  embedContent: async (exchange) => {
    const [values] = await embed(exchange, [bodyOf(exchange.request, embedRequest)]);
    return { embedding: { values } };
  },
  batchEmbedContents: async (exchange) => {
    const vectors = await embed(exchange, bodyOf(exchange.request, batchEmbedRequest).requests);
    return { embeddings: vectors.map((values) => ({ values })) };
  },
};

export const registerGemini: RegisterFace = (app, context) => {
  registerDialect(app, context, dialect, (scope) => {
    for (const version of versions) {
      scope.post<{ Params: { call: string } }>(`/${version}/models/:call`, async (request, reply) => {
        const [model = '', name = ''] = request.params.call.split(/:(?=[^:]*$)/);
        const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
        if (method === undefined || model === '') {
          const known = Object.keys(methods).join(', ');
          throw new AiosError(
            'not_found',
            `Models have no method "${name}". Those of this kernel: ${known}.`,
          );
        }
        return await method({ request, reply, context, model });
      });
    }
  });
};

function passOn({ request, reply, context, model }: Exchange, stream: boolean): Promise<boolean> {
  const body = bytesOf(request).toString();
  return forwardRequest(
    request,
    reply,
    { format: 'gemini-generate', body, dialect, path: { model, stream } },
    context,
  );
}

async function embed(
  { request, reply, context, model }: Exchange,
  requests: readonly z.infer<typeof embedRequest>[],
): Promise<number[][]> {
  const dimensions = requests[0]?.outputDimensionality;
  const input = {
    model,
    orDefault: true,
    texts: requests.map(({ content }) => textOf(content)),
    ...(dimensions != null && { dimensions }),
  };
  return await answerOnce(reply, context, async (signal) => {
    const { vectors } = await sessionOf(request).call('llm.embed', input, { signal });
    return vectors;
  });
}

function bodyOf<Schema extends z.ZodType>(request: FastifyRequest, schema: Schema): z.output<Schema> {
  return readBody(request, schema, camelCase);
}

function showsThoughts({ generationConfig }: z.infer<typeof generateRequest>): boolean {
  return generationConfig?.thinkingConfig?.includeThoughts === true;
}
