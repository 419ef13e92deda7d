// Passes a request of a dialect on where the models that may answer it speak that dialect; else the face translates it. A
// face calls `forwardRequest` first and goes on by itself where it answers false.

import type { Session } from '@aios/kernel';
import { type AiosError, type ForwardDialect, toAiosError } from '@aios/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FaceContext } from '../face.ts';
import { EventPipe } from './event-pipe.ts';
import { factsOf } from './facts.ts';

export interface Forwarding {
  readonly dialect: ForwardDialect;
  /** The request as it came, as JSON text. */
  readonly body: string;
  readonly session: Session;
  /** The model or group that the client’s name for it stands for; the name itself when absent. */
  readonly modelFor?: (asked: string | undefined) => string | undefined;
  /** Ask the default model where nothing goes by the name. */
  readonly orDefault: boolean;
  /** Where the path says it, as Gemini’s does; the body says it when absent. */
  readonly stream?: boolean;
  /** An error in the middle of a stream, as events of the dialect. */
  readonly errorEvents: (error: AiosError) => string;
}

/** Answers a request by passing it on, or resolves to false, having done nothing. Errors before the answer are thrown. */
export async function forwardRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  forwarding: Forwarding,
  { kernel, activity, limits }: FaceContext,
): Promise<boolean> {
  const { dialect, body, session, modelFor, orDefault } = forwarding;
  const facts = factsOf(dialect, body);
  if (facts === undefined) return false;
  const model = modelFor === undefined ? facts.model : modelFor(facts.model);
  const question = { dialect, needs: facts.needs, orDefault, ...(model !== undefined && { model }) };
  if (!kernel.forwards(question) || !session.caller.policy.allows('llm.forward', model)) return false;

  const { stream = facts.stream } = forwarding;
  const headers = ownHeaders(request);
  const input = {
    ...question,
    body,
    stream,
    ...(facts.maxTokens !== undefined && { maxTokens: facts.maxTokens }),
    ...(headers && { headers }),
  };
  using call = activity.openCall();
  const onClose = () => call.cancel('The client went away.');
  reply.raw.once('close', onClose);
  const pipe = stream ? new EventPipe(reply, limits, onClose) : undefined;
  try {
    const output = await session.call('llm.forward', input, {
      signal: call.signal,
      ...(pipe && { onChunk: ({ text }) => pipe.write(text) }),
    });
    if (pipe !== undefined) pipe.end();
    else await reply.header('content-type', 'application/json').send(output.body);
    return true;
  } catch (thrown) {
    const error = toAiosError(thrown);
    if (pipe?.isOpen) pipe.end(forwarding.errorEvents(error));
    else if (error.details?.translate === true) return false;
    else throw error;
    return true;
  } finally {
    reply.raw.off('close', onClose);
  }
}

const passedHeaders = ['anthropic-version', 'anthropic-beta', 'openai-beta'];

/** The kernel sends only those that belong to the dialect. */
function ownHeaders({ headers }: FastifyRequest): Record<string, string> | undefined {
  let found: Record<string, string> | undefined;
  for (const name of passedHeaders) {
    const value = headers[name];
    if (typeof value === 'string') {
      found ??= {};
      found[name] = value;
    }
  }
  return found;
}
