// Webhooks of triggers: POST /hooks/{trigger}. Needs no token, for the sender signs what it sends; the kernel checks that.

import type { FastifyRequest } from 'fastify';
import type { RegisterFace } from '../face.ts';

/** The route of webhooks, as the guard knows it. */
export const hookRoute = '/hooks/:trigger';

export const registerHooks: RegisterFace = (app, { kernel }) => {
  app.register(async (hooks) => {
    // The signature is over the very bytes, whatever they are.
    hooks.removeAllContentTypeParsers();
    hooks.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body);
    hooks.post<{ Params: { trigger: string }; Body: Buffer | undefined }>(
      hookRoute,
      async (request, reply) => {
        const body = request.body ?? Buffer.alloc(0);
        const trigger = Number(request.params.trigger);
        const { delivery, isNew } = await kernel.receive(trigger, { headers: headersOf(request), body });
        return reply.code(202).send({ delivery, duplicate: !isNew });
      },
    );
  });
};

function headersOf({ headers }: FastifyRequest): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}
