// The HTTP API as a document for tools: GET /api/openapi.json, derived from the system-call table.

import type { RegisterFace } from '../face.ts';
import { openApiDocument } from './document.ts';

export { openApiDocument } from './document.ts';

export const registerOpenApi: RegisterFace = (app) => {
  let document: string | undefined;
  app.get('/api/openapi.json', async (_request, reply) => {
    document ??= JSON.stringify(openApiDocument());
    return reply.header('content-type', 'application/json; charset=utf-8').send(document);
  });
};
