import { once } from 'node:events';
import { request } from 'node:http';
import { kernelEvent, permission } from '@aios/protocol';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { problemOf, startTestServer, type TestServer } from '../test-support/index.ts';
import { TestSocket } from '../test-support/test-socket.ts';

let aios: TestServer;
beforeAll(async () => {
  aios = await startTestServer({ heartbeatMs: 20, sendBufferBytes: 100_000 });
});
afterAll(() => aios[Symbol.asyncDispose]());

function publishLog(text: string, agent = 'tester'): void {
  aios.kernel.events.publish({ type: 'config-rejected', message: `${agent}: ${text}` });
}

test('events arrive as they happen, only those that were asked for', async () => {
  using leaving = new DisposableStack();
  const controller = new AbortController();
  leaving.defer(() => controller.abort());
  const response = await aios.request('/api/events?types=config-rejected', { signal: controller.signal });
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const stream = response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  const reader = stream?.getReader();
  aios.kernel.events.publish({ type: 'kernel-ready', version: 'x' });
  publishLog('hello');
  const message = (await reader?.read())?.value;
  const event = kernelEvent.parse(JSON.parse(message?.data ?? ''));
  expect(event).toMatchObject({ type: 'config-rejected', message: 'tester: hello' });
  expect(message).toMatchObject({ event: 'config-rejected', id: String(event.sequence) });
});

test('the stream of a key that is revoked ends and says why, over HTTP and the socket', async () => {
  const operator = aios.kernel.open(aios.token);
  const permissions = [permission.parse('kernel.events')];
  const { token, key } = await operator.call('key.create', { name: 'listener', permissions });
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${aios.url}/api/events?types=config-rejected`, { headers });
  using socket = await TestSocket.open(aios.url, token);
  socket.send({ type: 'subscribe', id: 7, filter: { types: ['config-rejected'] } });
  await socket.next({ type: 'subscribed', id: 7 });
  await operator.call('key.revoke', { id: key.id });
  publishLog('not for them');
  const text = await response.text();
  expect(text).toMatch(/^event: error\ndata: .*"code":"unauthenticated"/m);
  expect(text).not.toContain('not for them');
  expect(await socket.next({ type: 'error', id: 7 })).toMatchObject({ error: { code: 'unauthenticated' } });
  expect(socket.frames.filter(({ type }) => type === 'event')).toEqual([]);
});

test('a quiet stream shows that it lives', async () => {
  const controller = new AbortController();
  const response = await aios.request('/api/events?types=kernel-closing', { signal: controller.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe(': heartbeat\n\n');
  controller.abort();
});

test('a wrong filter is refused by name', async () => {
  const problem = await problemOf(await aios.request('/api/events?types=process-exploded'));
  expect(problem).toMatchObject({ status: 400, code: 'invalid_argument' });
  expect(problem.detail).toContain('types');
});

test('a reader that does not read is cut off instead of filling the memory', async () => {
  const sending = request(`${aios.url}/api/events`, { headers: { authorization: `Bearer ${aios.token}` } });
  sending.on('error', () => undefined);
  sending.end();
  const [response] = await once(sending, 'response');
  response.on('error', () => undefined);
  const text = 'x'.repeat(100_000);
  // More than the socket buffers of the operating system take, in turns that let the server write.
  for (let round = 0; round < 200; round += 1) {
    publishLog(text);
    await new Promise(setImmediate);
  }
  const closed = new Promise((resolve) => response.on('close', resolve));
  response.resume();
  await closed;
  expect(response.complete).toBe(false);
  expect(aios.log.join('')).toContain('its reader is too slow');
});
