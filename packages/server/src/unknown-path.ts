import { AiosError } from '@aios/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerProblem } from './failure/index.ts';

export async function answerUnknownPath(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  return answerProblem(reply, unknownPath(request));
}

/** The error for a path that nothing answers, or not with this method. */
export function unknownPath({ method, url }: FastifyRequest): AiosError {
  const [path] = url.split('?');
  return new AiosError('not_found', `Nothing answers ${method} ${path}. GET / lists what there is.`);
}
