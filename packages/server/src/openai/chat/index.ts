import { membersOfRequest, type Session } from '@aios/kernel';
import type { ChatReply, ChatRequest } from '@aios/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  answerOnce,
  answerStream,
  bytesOf,
  callChat,
  type Dialect,
  type DialectStream,
  readBody,
} from '../../dialect/index.ts';
import type { FaceContext } from '../../face.ts';
import { forwardRequest } from '../../forward/index.ts';
import { sessionOf } from '../../guard/index.ts';
import { newIdentity } from '../identity.ts';
import { together } from '../together.ts';
import { usageOf } from '../usage.ts';
import { chatBody } from './body.ts';
import { ChoiceStream } from './choice-stream.ts';
import { type ChunkOptions, ChunkWriter, closingUsage } from './chunks.ts';
import { chatCompletion } from './completion.ts';
import { toChatRequest } from './request.ts';
import { customNames } from './tools.ts';

/** POST /v1/chat/completions. */
export function addChatRoute(scope: FastifyInstance, context: FaceContext, dialect: Dialect): void {
  scope.post('/v1/chat/completions', async (request, reply) => {
    const text = bytesOf(request).toString();
    const forwarding = { format: 'openai-chat', body: text, dialect } as const;
    if (!needsTranslation(text) && (await forwardRequest(request, reply, forwarding, context))) return reply;
    const body = readBody(request, chatBody);
    const requests = choicesOf(toChatRequest(body), body.n ?? 1);
    const options: ChunkOptions = {
      identity: newIdentity('chatcmpl', body.model ?? 'default'),
      form: { isOld: body.functions != null, customs: customNames(body) },
      includeUsage: body.stream_options?.include_usage === true,
    };
    return body.stream === true
      ? await streamed(request, reply, requests, options, context, dialect)
      : await whole(request, reply, requests, options, context);
  });
}

/**
 * What is not passed on though the model speaks OpenAI’s format: `json_object`, with which programs ask for lists, too, and
 * what servers of others do not know, functions and tools that a provider runs, and what another provider wanted back. Inside
 * of strings the quotes would be escaped.
 */
const untouchable: ReadonlyMap<string, RegExp> = new Map([
  ['response_format', /^\{[^{}]*"json_object"/],
  ['functions', /^\[/],
  [
    'tools',
    /"type"\s*:\s*"(?:web_search|namespace|mcp|file_search|code_interpreter|computer|image_generation|local_shell)/,
  ],
  ['messages', /"extra_content"\s*:/],
]);

/** What only OpenAI’s format can say; passed on whatever stands beside it, for the translation would refuse it. */
const untranslatable = /"logprobs"\s*:\s*true|"logit_bias"\s*:\s*\{\s*"|"audio"\s*:\s*\{[^{}]*"voice"/;

function needsTranslation(body: string): boolean {
  const members = membersOfRequest(body) ?? [];
  const isUntouchable = members.some(({ name, start, end }) =>
    untouchable.get(name)?.test(body.slice(start, end)),
  );
  return isUntouchable && !untranslatable.test(body);
}

/** A request for each choice; those with a seed get seeds that differ, for else the choices would not. */
function choicesOf(request: ChatRequest, n: number): ChatRequest[] {
  const { seed } = request;
  return Array.from({ length: n }, (_, index) =>
    seed === undefined || index === 0 ? request : { ...request, seed: seed + index },
  );
}

async function whole(
  request: FastifyRequest,
  reply: FastifyReply,
  requests: readonly ChatRequest[],
  { identity, form }: ChunkOptions,
  context: FaceContext,
): Promise<object> {
  const session = sessionOf(request);
  const replies = await answerOnce(reply, context, (signal) =>
    together(requests, signal, (one, shared) => callChat(session, reply, one, { signal: shared })),
  );
  return chatCompletion(identity, replies, form);
}

async function streamed(
  request: FastifyRequest,
  reply: FastifyReply,
  requests: readonly ChatRequest[],
  options: ChunkOptions,
  context: FaceContext,
  dialect: Dialect,
): Promise<void> {
  const session = sessionOf(request);
  await answerStream(request, reply, context, dialect, (stream, signal) =>
    writeChoices(stream, signal, session, reply, requests, options),
  );
}

async function writeChoices(
  stream: DialectStream,
  signal: AbortSignal,
  session: Session,
  reply: FastifyReply,
  requests: readonly ChatRequest[],
  options: ChunkOptions,
): Promise<void> {
  const writer = new ChunkWriter(stream, options);
  const finished: ChatReply[] = [];
  await together(requests, signal, async (one, shared, index) => {
    const choice = new ChoiceStream(writer, index, options.form);
    const answer = await callChat(session, reply, one, {
      signal: shared,
      onChunk: (chunk) => choice.take(chunk),
    });
    finished.push(answer);
    const isLast = finished.length === requests.length;
    choice.finish(answer, isLast ? closingUsage(finished, options.includeUsage) : undefined);
  });
  if (options.includeUsage) writer.usage(usageOf(finished.map(({ usage }) => usage)));
  writer.done();
}
