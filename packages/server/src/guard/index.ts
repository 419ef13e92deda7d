// Who may come in: checked for every request before its body is read. Host, origin, then the token.

import type { Kernel } from '@aios/kernel';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { hookRoute } from '../hooks/index.ts';
import { readPid, tokenOf } from './credentials.ts';
import { hostCheck } from './host.ts';
import { checkOrigin } from './origin.ts';
import { declareSession, keepSession } from './session.ts';

export { isLoopback, isWildcard } from './host.ts';
export { sessionOf } from './session.ts';

/** Paths that need no token: whoever watches over the kernel asks them. So do clients that ask for the head of `/` first. */
const publicPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

export function registerGuard(app: FastifyInstance, kernel: Kernel, boundHost: string): void {
  const checkHost = hostCheck(boundHost);
  declareSession(app);
  const admit = (request: FastifyRequest): void => {
    const { host, origin } = request.headers;
    const path = request.routeOptions.url ?? '';
    // A webhook carries what it may do in its signature and nothing else, and comes by whatever name a tunnel has.
    if (path === hookRoute) return;
    checkHost(host);
    checkOrigin(origin, host);
    if (publicPaths.has(path) || (request.method === 'HEAD' && path === '/')) return;
    keepSession(request, kernel.open(tokenOf(request), { pid: readPid(request) }));
  };
  // With a callback, as a promise for every request would only cost time.
  app.addHook('onRequest', (request, _reply, done) => {
    try {
      admit(request);
    } catch (thrown) {
      done(thrown as Error);
      return;
    }
    done();
  });
}
