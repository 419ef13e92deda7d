import { AiosError } from '@aios/protocol';
import type { FastifyInstance } from 'fastify';
import { bytesOf, type Dialect } from '../dialect/index.ts';
import type { FaceContext } from '../face.ts';
import { forwardRequest } from '../forward/index.ts';

/** Chat completions for models that speak them. */
export function addForwardedChat(scope: FastifyInstance, context: FaceContext, dialect: Dialect): void {
  scope.post('/v1/chat/completions', async (request, reply) => {
    const forwarding = { format: 'openai-chat', body: bytesOf(request).toString(), dialect } as const;
    if (await forwardRequest(request, reply, forwarding, context)) return reply;
    throw new AiosError(
      'failed_precondition',
      'The body is no JSON object, or a model that could answer it does not speak OpenAI’s chat completions. Any model can ' +
        'be asked by llm.chat, at /api/syscalls/llm.chat.',
    );
  });
}
