// OpenAI’s Responses: items in and out, kept by the kernel so that a client can go on from a response by its id alone.

import type { FastifyInstance } from 'fastify';
import type { FaceContext } from '../../face.ts';
import { sessionOf } from '../../guard/index.ts';
import { createResponse } from './create.ts';
import { pageOf } from './input-items.ts';
import { deleteResponse, loadResponse } from './stored-responses.ts';

const path = '/v1/responses';

export function addResponsesRoutes(scope: FastifyInstance, context: FaceContext): void {
  scope.post(path, (request, reply) => createResponse(request, reply, context));
  scope.get<{ Params: { id: string } }>(`${path}/:id`, async (request) => {
    return (await loadResponse(sessionOf(request), request.params.id)).response;
  });
  scope.delete<{ Params: { id: string } }>(`${path}/:id`, async (request) => {
    const { id } = request.params;
    await deleteResponse(sessionOf(request), id);
    return { id, object: 'response', deleted: true };
  });
  scope.get<{ Params: { id: string } }>(`${path}/:id/input_items`, async (request) => {
    const { input } = await loadResponse(sessionOf(request), request.params.id);
    return pageOf(input, request.query);
  });
}
