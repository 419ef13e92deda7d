// Passes a request on in the dialect it came in, where the models that may answer speak it. A face calls `forwardRequest`
// first and translates the request where that answers false.

import { AiosError, type ForwardDialect, type ForwardRequest } from '@aios/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerOnce, answerStream, type Dialect } from '../dialect/index.ts';
import type { FaceContext } from '../face.ts';
import { sessionOf } from '../guard/index.ts';
import { factsOf } from './facts.ts';

export interface Forwarding {
  readonly format: ForwardDialect;
  /** The request as it came, as JSON text. */
  readonly body: string;
  /** How the face tells of errors once a stream has begun. */
  readonly dialect: Dialect;
  /** Where the path names the model and says whether to stream, as Gemini’s does; the body does when absent. */
  readonly path?: { readonly model: string; readonly stream: boolean };
}

/**
 * Answers a request by passing it on; resolves to false, having done nothing, where it cannot be. What fails before the
 * answer has begun is thrown.
 */
export async function forwardRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  { format, body, dialect, path }: Forwarding,
  context: FaceContext,
): Promise<boolean> {
  const session = sessionOf(request);
  const facts = factsOf(format, body);
  if (facts === undefined) return false;
  const { model = facts.model, stream = facts.stream } = path ?? {};
  const question = {
    dialect: format,
    needs: facts.needs,
    orDefault: true,
    ...(model !== undefined && { model }),
  };
  if (!context.kernel.forwards(session.caller, question)) return false;

  const headers = ownHeaders(request);
  const input: ForwardRequest = {
    ...question,
    body,
    stream,
    ...(facts.maxTokens !== undefined && { maxTokens: facts.maxTokens }),
    ...(headers && { headers }),
  };
  try {
    if (stream) {
      await answerStream(request, reply, context, dialect, async (events, signal) => {
        await session.call('llm.forward', input, { signal, onChunk: ({ text }) => events.send(text) });
      });
      return true;
    }
    const output = await answerOnce(reply, context, (signal) =>
      session.call('llm.forward', input, { signal }),
    );
    sendJson(request, reply, output.body ?? '');
    return true;
  } catch (thrown) {
    if (AiosError.isInstance(thrown) && thrown.details?.translate === true) return false;
    throw thrown;
  }
}

/** Past Fastify, which would look at the type and the length of an answer that is known to be JSON. */
function sendJson({ id }: FastifyRequest, reply: FastifyReply, body: string): void {
  reply.hijack();
  if (reply.raw.destroyed) return;
  const head = {
    'x-request-id': id,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  };
  reply.raw.writeHead(200, head).end(body);
}

const passedHeaders = ['anthropic-version', 'anthropic-beta', 'openai-beta'];

/** Headers that may belong to a dialect; the kernel sends those that do. */
function ownHeaders({ headers }: FastifyRequest): Record<string, string> | undefined {
  let found: Record<string, string> | undefined;
  for (const name of passedHeaders) {
    const value = headers[name];
    if (typeof value !== 'string') continue;
    found ??= {};
    found[name] = value;
  }
  return found;
}
