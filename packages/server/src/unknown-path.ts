import { AiosError } from '@aios/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerProblem } from './failure/index.ts';

export async function answerUnknownPath(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const [path] = request.url.split('?');
  const message = `Nothing answers ${request.method} ${path}. GET / lists what there is.`;
  return answerProblem(reply, new AiosError('not_found', message));
}
