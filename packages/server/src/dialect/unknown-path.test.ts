import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../test-support/index.ts';

let aios: TestServer;
beforeAll(async () => {
  aios = await startTestServer();
});
afterAll(() => aios[Symbol.asyncDispose]());

const openai = (code: string) => ({
  error: { message: expect.any(String), type: 'invalid_request_error', param: null, code },
});
const anthropic = (type: string) => ({ type: 'error', error: { type, message: expect.any(String) } });
const google = (code: number, status: string) => ({ error: { code, message: expect.any(String), status } });

const shapes = {
  openai: [openai('not_found'), openai('invalid_api_key')],
  anthropic: [anthropic('not_found_error'), anthropic('authentication_error')],
  google: [google(404, 'NOT_FOUND'), google(401, 'UNAUTHENTICATED')],
};

test.each([
  ['POST', '/v1/nothing', 'openai'],
  ['GET', '/v1/chat/completions', 'openai'],
  ['PATCH', '/v1/responses/resp_1', 'openai'],
  ['DELETE', '/v1/models/known', 'openai'],
  ['GET', '/v1/messages', 'anthropic'],
  ['POST', '/v1/messages/batches', 'anthropic'],
  ['GET', '/v1beta/cachedContents', 'google'],
  ['POST', '/v1beta/models/known:nothing', 'google'],
] as const)('%s %s is refused in the shape of %s, with a key and without', async (method, path, vendor) => {
  const init = { method, ...(method === 'GET' ? {} : { body: '{}' }) };
  const unknown = await aios.request(path, init);
  expect(unknown.status).toBe(404);
  expect(unknown.headers.get('x-should-retry')).toBe('false');
  const stranger = await fetch(aios.url + path, init);
  expect(stranger.status).toBe(401);
  expect([await unknown.json(), await stranger.json()]).toMatchObject(shapes[vendor]);
});
