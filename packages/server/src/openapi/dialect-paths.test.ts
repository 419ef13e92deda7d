import fastify from 'fastify';
import { expect, test } from 'vitest';
import { Activity } from '../activity.ts';
import { registerAnthropic } from '../anthropic/index.ts';
import { registerGemini } from '../gemini/index.ts';
import { defaultLimits } from '../limits.ts';
import { registerOpenAi } from '../openai/index.ts';
import { startTestServer } from '../test-support/index.ts';
import { dialectPaths } from './dialect-paths.ts';

/** Asked by clients that look whether anybody is there; nothing to describe. */
const undescribed = ['HEAD /api/hello'];

test('every route of a dialect is described, and nothing else', async () => {
  await using aios = await startTestServer();
  const app = fastify();
  const routes = new Set<string>();
  app.addHook('onRoute', ({ method, url }) => {
    const isRealm = Array.isArray(method) && method.length > 1;
    if (!isRealm) routes.add(`${method} ${url}`);
  });
  const context = { kernel: aios.kernel, activity: new Activity(), limits: defaultLimits };
  for (const register of [registerOpenAi, registerAnthropic, registerGemini]) register(app, context);
  await app.ready();
  for (const route of [...routes]) {
    const isMadeFor = route.startsWith('HEAD ') && routes.has(route.replace('HEAD ', 'GET '));
    if (isMadeFor || undescribed.includes(route)) routes.delete(route);
  }
  const described = Object.entries(dialectPaths()).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${asRoute(path)}`),
  );
  expect([...new Set(described)].sort()).toEqual([...routes].sort());
});

/** As the router writes it. */
function asRoute(path: string): string {
  return path
    .replace(/\{model\}:\w+$/, ':call')
    .replace(/\{model\}$/, '*')
    .replace(/\{(\w+)\}/g, ':$1');
}
