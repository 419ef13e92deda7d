// Anthropic’s Messages interface, https://platform.claude.com/docs/en/api/messages, for its official clients and the Claude
// Agent SDK: POST /v1/messages and /v1/messages/count_tokens, HEAD /api/hello. Any model answers.

import type { FastifyReply, FastifyRequest } from 'fastify';
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
import type { RegisterFace } from '../face.ts';
import { forwardRequest } from '../forward/index.ts';
import { sessionOf } from '../guard/index.ts';
import { errorBody } from './error.ts';
import { MessageStream } from './message-stream.ts';
import { messageHead, toMessage } from './reply.ts';
import { showsThinking, toChat, toConversation } from './request.ts';
import { countRequest, messagesRequest } from './request-schema.ts';
import { hasSeal } from './sealed-data.ts';
import { wantsThread } from './wants-thread.ts';

const dialect: Dialect = {
  realms: ['/v1/messages*'],
  errorBody,
  errorFrame: (error) => frameOf(errorBody(error), 'error'),
};

export const registerAnthropic: RegisterFace = (app, context) => {
  registerDialect(app, context, dialect, (scope) => {
    // Anthropic’s clients show this header to people who look for help.
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('request-id', request.id);
    });
    scope.post('/v1/messages', async (request: FastifyRequest, reply: FastifyReply) => {
      const forwarding = {
        format: 'anthropic-messages',
        body: bytesOf(request).toString(),
        dialect,
      } as const;
      const isOurs = hasSeal(forwarding.body) || wantsThread(forwarding.body);
      if (!isOurs && (await forwardRequest(request, reply, forwarding, context))) return reply;
      const body = readBody(request, messagesRequest);
      const input = toChat(body);
      const head = messageHead(body.model);
      const withThinking = showsThinking(body);
      const session = sessionOf(request);
      if (!body.stream) {
        return await answerOnce(reply, context, async (signal) =>
          toMessage(await callChat(session, reply, input, { signal }), head, withThinking),
        );
      }
      await answerStream(request, reply, context, dialect, async (stream, signal) => {
        const message = new MessageStream(head, {
          withThinking,
          send: (type, data) => stream.send(frameOf({ type, ...data }, type)),
        });
        const onChunk = message.chunk.bind(message);
        message.finish(await callChat(session, reply, input, { signal, onChunk }));
      });
      return reply;
    });
    scope.post('/v1/messages/count_tokens', async (request, reply) => {
      const input = toConversation(readBody(request, countRequest));
      return await answerOnce(reply, context, async (signal) => {
        const { inputTokens } = await sessionOf(request).call('llm.count', input, { signal });
        return { input_tokens: inputTokens };
      });
    });
    // The Claude Agent SDK looks whether anybody is there.
    scope.head('/api/hello', async (_request, reply) => reply.send());
  });
};
