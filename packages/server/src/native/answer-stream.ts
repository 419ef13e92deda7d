import type { FastifyReply, FastifyRequest } from 'fastify';
import { cancelled } from '../activity.ts';
import type { FaceContext } from '../face.ts';
import { explainFailure } from '../failure/index.ts';
import { sessionOf } from '../guard/index.ts';
import { EventStream } from '../wire/event-stream.ts';
import type { HttpCall } from './http-call.ts';

/** Makes the call and streams what it gives. A client that goes away, or reads too slowly, cancels it. */
export async function answerStream(
  request: FastifyRequest,
  reply: FastifyReply,
  { name, input, deadlineMs }: HttpCall,
  { activity, limits, kernel }: FaceContext,
): Promise<void> {
  using call = activity.openCall();
  const stream = new EventStream(reply, limits);
  void stream.closed.then(() => call.cancel(cancelled('The client went away or read too slowly.')));
  try {
    const output = await sessionOf(request).request(name, input, {
      signal: call.signal,
      deadlineMs,
      onChunk: (chunk) => stream.send({ event: 'chunk', data: chunk }),
    });
    stream.send({ event: 'result', data: output ?? null });
  } catch (thrown) {
    const error = explainFailure(thrown, request.id, kernel.config.server.max_body_bytes);
    if (error.code === 'internal')
      request.log.error({ err: thrown, requestId: request.id }, 'system call failed');
    stream.send({ event: 'error', data: error.toProblem() });
  }
  await stream.end();
}
