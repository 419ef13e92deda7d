import type { FastifyReply, FastifyRequest } from 'fastify';
import { cancelled } from '../activity.ts';
import type { FaceContext } from '../face.ts';
import { sessionOf } from '../guard/index.ts';
import type { HttpCall } from './http-call.ts';

/** Makes the call and answers with its output. A client that goes away cancels it. */
export async function answerOnce(
  request: FastifyRequest,
  reply: FastifyReply,
  { name, input, deadlineMs }: HttpCall,
  { activity }: FaceContext,
): Promise<unknown> {
  using call = activity.openCall();
  const onClose = () => call.cancel(cancelled('The client went away.'));
  reply.raw.once('close', onClose);
  try {
    return await sessionOf(request).request(name, input, { signal: call.signal, deadlineMs });
  } finally {
    reply.raw.off('close', onClose);
  }
}
