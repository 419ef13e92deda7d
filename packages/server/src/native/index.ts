// System calls over HTTP: POST /api/syscalls/{name}, the input as JSON. The answer is the output as JSON or, for a client
// that accepts text/event-stream, Server-Sent Events: `chunk` for each partial result, then `result` or `error`.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FaceContext, RegisterFace } from '../face.ts';
import { HttpRefusal } from '../failure/index.ts';
import { parseJson } from '../wire/json.ts';
import { answerOnce } from './answer-once.ts';
import { answerStream } from './answer-stream.ts';
import { deadlineHeader, readDeadline } from './deadline.ts';
import type { HttpCall } from './http-call.ts';

export { deadlineHeader } from './deadline.ts';

export const syscallPath = '/api/syscalls';

export const registerNative: RegisterFace = (app, context) => {
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: unknown, body: string) => (body.trim() === '' ? undefined : parseJson(body)),
  );
  app.post<{ Params: { name: string } }>(`${syscallPath}/:name`, async (request, reply) => {
    const { params, body, headers } = request;
    const deadlineMs = readDeadline(headers[deadlineHeader]);
    return await answer(request, reply, { name: params.name, input: body ?? {}, deadlineMs }, context);
  });
  app.get(`${syscallPath}/:name`, async (_request, reply) => {
    reply.header('allow', 'POST');
    throw new HttpRefusal(
      405,
      'invalid_argument',
      'System calls are made with POST, the input as a JSON body.',
    );
  });
};

function answer(request: FastifyRequest, reply: FastifyReply, call: HttpCall, context: FaceContext) {
  const wantsStream = request.headers.accept?.includes('text/event-stream') ?? false;
  return wantsStream
    ? answerStream(request, reply, call, context)
    : answerOnce(request, reply, call, context);
}
