import type { Session } from '@aios/kernel';
import { AiosError, type ChatReply, type ChatRequest, type JsonObject } from '@aios/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  answerOnce,
  answerStream,
  bytesOf,
  callChat,
  type DialectStream,
  failureOf,
  frameOf,
  jsonOf,
} from '../../dialect/index.ts';
import type { FaceContext } from '../../face.ts';
import { forwardRequest } from '../../forward/index.ts';
import { sessionOf } from '../../guard/index.ts';
import { openaiDialect } from '../errors.ts';
import { toChatRequest } from './chat-request.ts';
import { failedResponse } from './failed-response.ts';
import { createResponseId } from './identifiers.ts';
import { completeItems } from './input-items.ts';
import type { ResponseEvent } from './open-item.ts';
import { OutputWriter } from './output-writer.ts';
import { type CreateRequest, readRequest } from './request.ts';
import { begunResponse, endedResponse } from './response-object.ts';
import { standsAlone } from './stands-alone.ts';
import { conversationOf, keepResponse } from './stored-responses.ts';
import { readTools, type ToolOrigin } from './tools.ts';

/** A response that is about to be made. */
interface Plan {
  readonly session: Session;
  readonly id: string;
  readonly begun: JsonObject;
  readonly chat: ChatRequest;
  /** What the request itself brought, references resolved. */
  readonly input: JsonObject[];
  readonly isStored: boolean;
  readonly origins: ReadonlyMap<string, ToolOrigin>;
}

/** `POST /v1/responses` */
export async function createResponse(
  request: FastifyRequest,
  reply: FastifyReply,
  context: FaceContext,
): Promise<unknown> {
  const text = bytesOf(request).toString();
  if (standsAlone(text)) {
    const forwarding = { format: 'openai-responses', body: text, dialect: openaiDialect } as const;
    if (await forwardRequest(request, reply, forwarding, context)) return reply;
  }
  const body = readRequest(jsonOf(request));
  const plan = await planResponse(sessionOf(request), body);
  if (body.stream) {
    return await answerStream(request, reply, context, openaiDialect, (stream, signal) =>
      streamResponse(plan, reply, stream, signal, (thrown) => failureOf(thrown, request, context)),
    );
  }
  return await answerOnce(reply, context, async (signal) => {
    const answer = await callChat(plan.session, reply, plan.chat, { signal });
    return await endResponse(plan, new OutputWriter(plan.id, plan.origins, () => undefined), answer, signal);
  });
}

async function planResponse(session: Session, body: CreateRequest): Promise<Plan> {
  const isStored = decideStore(session, body.store);
  const offered = readTools(body.tools ?? []);
  const { before, own } = await conversationOf(session, body);
  const chat = toChatRequest(body, [...before, ...own], offered);
  const id = createResponseId();
  return {
    session,
    id,
    begun: begunResponse(id, body, isStored, Date.now()),
    chat,
    input: completeItems(
      own.map(({ item }) => item),
      id,
    ),
    isStored,
    origins: offered.origins,
  };
}

/**
 * Whether the response is kept: unless the client says no. One that says nothing and may not keep anything gets its answer all
 * the same; one that says yes is refused before a model was asked.
 */
function decideStore(session: Session, wanted: boolean | null | undefined): boolean {
  if (wanted === false) return false;
  try {
    session.authorise('conversation.write');
    return true;
  } catch (error) {
    const isDenied = AiosError.isInstance(error) && error.code === 'permission_denied';
    if (isDenied && wanted !== true) return false;
    throw error;
  }
}

/** Begins with the first chunk, so that a call that is refused before is answered with a status. */
async function streamResponse(
  plan: Plan,
  reply: FastifyReply,
  stream: DialectStream,
  signal: AbortSignal,
  explain: (thrown: unknown) => AiosError,
): Promise<void> {
  let number = 0;
  const send = (event: ResponseEvent) => {
    stream.send(frameOf({ ...event, sequence_number: number }, event.type));
    number += 1;
  };
  const begin = () => {
    if (number > 0) return;
    send({ type: 'response.created', response: plan.begun });
    send({ type: 'response.in_progress', response: plan.begun });
  };
  const writer = new OutputWriter(plan.id, plan.origins, send);
  try {
    const answer = await callChat(plan.session, reply, plan.chat, {
      signal,
      onChunk(chunk) {
        begin();
        writer.add(chunk);
      },
    });
    begin();
    const response = await endResponse(plan, writer, answer, signal);
    send({ type: `response.${String(response.status)}`, response });
  } catch (thrown) {
    if (number === 0) throw thrown;
    send({ type: 'response.failed', response: await failResponse(plan, explain(thrown), signal, explain) });
  }
}

/** A response that the client was told of and that broke off, kept as such. It says so where it could not be kept. */
async function failResponse(
  { session, begun, input, isStored }: Plan,
  error: AiosError,
  signal: AbortSignal,
  explain: (thrown: unknown) => AiosError,
): Promise<JsonObject> {
  const response = failedResponse(begun, error);
  if (!isStored || signal.aborted) return response;
  try {
    await keepResponse(session, response, input, signal);
    return response;
  } catch (thrown) {
    // What is a defect gets into the log by this.
    explain(thrown);
    return { ...response, store: false };
  }
}

/** The whole response, kept before anybody is told of it so that the next request can go on from it. */
async function endResponse(
  { session, begun, input, isStored }: Plan,
  writer: OutputWriter,
  reply: ChatReply,
  signal: AbortSignal,
): Promise<JsonObject> {
  const response = endedResponse(begun, writer.end(reply), reply, Date.now());
  if (isStored) await keepResponse(session, response, input, signal);
  return response;
}
