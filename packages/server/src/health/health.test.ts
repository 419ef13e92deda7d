import { expect, test } from 'vitest';
import { problemOf, startTestServer } from '../test-support/index.ts';

test('health, readiness, metrics and the welcome are served', async () => {
  await using aios = await startTestServer();
  expect(await (await aios.request('/healthz')).json()).toEqual({ name: 'aios', status: 'alive' });
  expect(await (await aios.request('/readyz')).json()).toMatchObject({ status: 'ready' });
  const metrics = await aios.request('/metrics');
  expect(metrics.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(await metrics.text()).toMatch(/^# (HELP|TYPE) /m);
  const welcome = await (await aios.request('/')).json();
  expect(welcome).toMatchObject({ name: 'AIOS', version: expect.any(String) });
  expect(await problemOf(await aios.request('/nowhere'))).toMatchObject({ status: 404, code: 'not_found' });
});

test('while the server drains it is alive and not ready, and takes no new calls', async () => {
  await using aios = await startTestServer();
  const pid = await aios.startSleeper();
  using socket = await aios.openSocket();
  socket.send({ type: 'call', id: 1, name: 'process.wait', input: { pid } });
  socket.send({ type: 'call', id: 2, name: 'kernel.status', input: {} });
  await socket.next({ id: 2 });
  const closed = aios.server.close({ drainMs: 10_000, reason: 'test' });
  expect((await aios.request('/healthz')).status).toBe(200);
  const notReady = await aios.request('/readyz');
  expect(notReady.headers.get('retry-after')).toBe('1');
  expect(await problemOf(notReady)).toMatchObject({ status: 503, code: 'unavailable' });
  expect(await problemOf(await aios.post('kernel.status'))).toMatchObject({ code: 'unavailable' });
  expect(await problemOf(await aios.request('/api/events'))).toMatchObject({ code: 'unavailable' });
  socket.send({ type: 'cancel', id: 1 });
  await closed;
});
