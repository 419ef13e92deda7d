// For whoever watches over the kernel: is it alive, does it take calls, what are its figures.

import { closingError } from '../activity.ts';
import type { RegisterFace } from '../face.ts';

/** The answer by which a kernel is told from other servers on a port. */
export const alive = { name: 'aios', status: 'alive' } as const;

export const registerHealth: RegisterFace = (app, { kernel, activity }) => {
  app.get('/healthz', async () => alive);
  app.get('/readyz', async () => {
    if (activity.isClosing || kernel.state !== 'ready') throw closingError();
    return { name: alive.name, status: 'ready' };
  });
  app.get('/metrics', async (_request, reply) => {
    const { contentType, body } = await kernel.metrics();
    return reply.header('content-type', contentType).send(body);
  });
};
