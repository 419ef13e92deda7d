import { AiosError } from '@aios/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FaceContext, RegisterFace } from '../face.ts';
import { sessionOf } from '../guard/index.ts';
import { forwardRequest } from './index.ts';

/** OpenAI’s chat completions, for models that speak them. */
export const registerForwardedChat: RegisterFace = (app, context) => {
  app.register(async (scope) => {
    scope.removeContentTypeParser('application/json');
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
      done(null, body);
    });
    scope.post<{ Body: string }>('/v1/chat/completions', (request, reply) => answer(request, reply, context));
  });
};

async function answer(
  request: FastifyRequest<{ Body: string }>,
  reply: FastifyReply,
  context: FaceContext,
): Promise<FastifyReply> {
  const forwarding = {
    dialect: 'openai-chat',
    body: request.body,
    session: sessionOf(request),
    orDefault: true,
    errorEvents,
  } as const;
  if (await forwardRequest(request, reply, forwarding, context)) return reply;
  throw new AiosError(
    'failed_precondition',
    'The body is no JSON object, or a model that could answer it does not speak OpenAI’s chat completions. Any model can ' +
      'be asked by llm.chat, at /api/syscalls/llm.chat.',
  );
}

function errorEvents({ message, code }: AiosError): string {
  return `data: ${JSON.stringify({ error: { message, type: 'server_error', param: null, code } })}\n\n`;
}
