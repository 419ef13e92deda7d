import type { FastifyReply, FastifyRequest } from 'fastify';
import { closingError } from '../activity.ts';
import type { FaceContext } from '../face.ts';
import { HttpRefusal } from '../failure/index.ts';

/** A route that only a WebSocket may use. `how` tells everybody else what to connect with. */
export function upgradeRoute({ activity }: Pick<FaceContext, 'activity'>, url: string, how: string) {
  return {
    method: 'GET' as const,
    url,
    exposeHeadRoute: false,
    preValidation: async () => {
      if (activity.isClosing) throw closingError();
    },
    handler: async (_request: FastifyRequest, reply: FastifyReply) => {
      reply.header('upgrade', 'websocket');
      throw new HttpRefusal(426, 'failed_precondition', `${url} speaks WebSocket: connect with ${how}.`);
    },
  };
}
