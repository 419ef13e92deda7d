// For whoever watches over the kernel: is it alive, does it take calls, what are its figures.

import { closingError } from '../activity.ts';
import type { RegisterFace } from '../face.ts';
import { sessionOf } from '../guard/index.ts';

/** The answer by which a kernel is told from other servers on a port. */
export const alive = { name: 'aios', status: 'alive' } as const;

export const registerHealth: RegisterFace = (app, { kernel, activity }) => {
  app.get('/healthz', async () => alive);
  app.get('/readyz', async () => {
    if (activity.isClosing || kernel.state !== 'ready') throw closingError();
    return { name: alive.name, status: 'ready' };
  });
  app.get('/metrics', async (request, reply) => {
    sessionOf(request).authorise('kernel.metrics');
    const { contentType, body } = await kernel.metrics();
    return reply.header('content-type', contentType).send(body);
  });
};
