import { once } from 'node:events';
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { problemOf, startTestServer, type TestServer } from '../test-support/index.ts';

let aios: TestServer;
beforeAll(async () => {
  aios = await startTestServer();
});
afterAll(() => aios[Symbol.asyncDispose]());

/** Unlike fetch it sends a Host and an Origin of one’s own. */
async function get(path: string, headers: OutgoingHttpHeaders): Promise<{ status: number; body: string }> {
  const sending = request(new URL(path, aios.url), { headers });
  sending.end();
  const [response]: IncomingMessage[] = await once(sending, 'response');
  if (!response) throw new Error('no response');
  return { status: response.statusCode ?? 0, body: await text(response) };
}

async function upgradeStatus(headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(`${aios.url.replace('http', 'ws')}/api/socket`, { headers });
  const [, response] = await once(socket, 'unexpected-response');
  socket.on('error', () => undefined);
  socket.terminate();
  return response.statusCode;
}

const bearer = () => ({ authorization: `Bearer ${aios.token}` });

test.each(['/', '/metrics', '/api/openapi.json', '/api/events', '/api/socket', '/nowhere'])(
  '%s wants a token',
  async (path) => {
    for (const authorization of ['', 'Bearer', 'Bearer wrong', `Basic ${aios.token}`, aios.token]) {
      const { status, body } = await get(path, { authorization });
      expect(status).toBe(401);
      expect(body).not.toContain(aios.token);
    }
  },
);

test.each(['/healthz', '/readyz'])('%s wants none', async (path) => {
  expect((await get(path, {})).status).toBe(200);
});

test('the socket wants a token and no page of another site', async () => {
  expect(await upgradeStatus({})).toBe(401);
  expect(await upgradeStatus({ authorization: 'Bearer wrong' })).toBe(401);
  expect(await upgradeStatus({ ...bearer(), origin: 'https://evil.example' })).toBe(403);
  expect(await upgradeStatus({ ...bearer(), host: 'evil.example' })).toBe(403);
});

test('pages of other sites are refused even with the token, and get no CORS headers', async () => {
  const response = await fetch(`${aios.url}/`, { headers: { ...bearer(), origin: 'https://evil.example' } });
  expect(response.status).toBe(403);
  const preflight = await fetch(`${aios.url}/api/syscalls/kernel.status`, {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  });
  expect(preflight.status).toBe(403);
  for (const { headers } of [response, preflight])
    expect(headers.has('access-control-allow-origin')).toBe(false);
});

test('the kernel’s own pages come in', async () => {
  expect((await get('/', { ...bearer(), origin: aios.url })).status).toBe(200);
});

test('a rebound name is refused everywhere, health included', async () => {
  for (const path of ['/', '/healthz', '/api/events']) {
    const { status, body } = await get(path, { ...bearer(), host: 'evil.example:8000' });
    expect(status).toBe(403);
    expect(JSON.parse(body).code).toBe('permission_denied');
  }
});

test('no token and no Authorization header reaches the log', async () => {
  await get('/?token=in-the-query', bearer());
  await get('/nowhere', { authorization: 'Bearer almost-a-secret' });
  expect(aios.log.length).toBeGreaterThan(0);
  const log = aios.log.join('');
  for (const secret of [aios.token, 'almost-a-secret', 'in-the-query']) expect(log).not.toContain(secret);
});

test('a key sees neither events nor metrics unless it was granted them', async () => {
  const operator = aios.kernel.open(aios.token);
  const { token } = await operator.call('key.create', { name: 'models only' });
  const headers = { authorization: `Bearer ${token}` };
  for (const path of ['/api/events', '/metrics']) {
    const response = await aios.request(path, { headers });
    expect(response.status).toBe(403);
    expect((await problemOf(response)).code).toBe('permission_denied');
  }
});
