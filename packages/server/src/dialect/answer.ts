import type { FastifyReply, FastifyRequest } from 'fastify';
import { cancelled } from '../activity.ts';
import type { FaceContext } from '../face.ts';
import type { Dialect } from './dialect.ts';
import { DialectStream } from './dialect-stream.ts';
import { failureOf } from './failure.ts';

/** Answers with what `run` gives. A client that goes away fires the signal. */
export async function answerOnce<Answer>(
  reply: FastifyReply,
  { activity }: FaceContext,
  run: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const call = activity.openCall();
  // A response closes once, after its end too, when nothing is left to cancel.
  reply.raw.on('close', () => call.cancel(clientGone));
  try {
    return await run(call.signal);
  } finally {
    call[Symbol.dispose]();
  }
}

const clientGone = cancelled('The client went away.');

/** Lets `run` send frames as they come. What fails before the first one is thrown on, later it is told in the stream. */
export async function answerStream(
  request: FastifyRequest,
  reply: FastifyReply,
  context: FaceContext,
  dialect: Dialect,
  run: (stream: DialectStream, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await answerOnce(reply, context, async (signal) => {
    const stream = new DialectStream(reply, context.limits);
    try {
      await run(stream, signal);
    } catch (thrown) {
      if (!stream.begun) throw thrown;
      stream.send(dialect.errorFrame(failureOf(thrown, request, context)));
    } finally {
      stream.end();
    }
  });
}
