import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { syscallNames, syscalls } from '@aios/protocol';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { problemOf, startTestServer, type TestServer } from '../test-support/index.ts';

let aios: TestServer;
beforeAll(async () => {
  aios = await startTestServer();
});
afterAll(() => aios[Symbol.asyncDispose]());

async function eventsOf(response: Response): Promise<{ event: string | undefined; data: unknown }[]> {
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  if (!response.body) throw new Error('no body');
  const stream = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  const events = await Array.fromAsync(stream);
  return events.map(({ event, data }) => ({ event, data: JSON.parse(data) }));
}

const streaming = { headers: { accept: 'text/event-stream' } };

test.each(syscallNames)('%s has a route, which refuses a missing token and reads its input', async (name) => {
  const path = `${aios.url}/api/syscalls/${name}`;
  const init = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
  const refused = await problemOf(await fetch(path, init));
  expect(refused).toMatchObject({ status: 401, code: 'unauthenticated' });
  const misread = await problemOf(await aios.post(name, '[]'));
  expect(misread).toMatchObject({ status: 400, code: 'invalid_argument' });
});

test('the answer is the output of the call, with the id of the request', async () => {
  const response = await aios.post('kernel.status');
  expect(response.status).toBe(200);
  expect(response.headers.get('x-request-id')).toMatch(/\S/);
  expect(syscalls['kernel.status'].output.parse(await response.json()).state).toBe('ready');
});

test('a call without fields needs no body', async () => {
  expect((await aios.post('kernel.status', '')).status).toBe(200);
  const bare = await aios.request('/api/syscalls/kernel.status', { method: 'POST' });
  expect(bare.status).toBe(200);
});

test('an unknown call is answered with the names of its family', async () => {
  const { status, code, detail } = await problemOf(await aios.post('kernel.stats'));
  expect({ status, code }).toEqual({ status: 404, code: 'not_found' });
  expect(detail).toContain('kernel.status');
});

test('malformed JSON is refused with its position', async () => {
  const problem = await problemOf(await aios.post('kernel.status', '{"a": }'));
  expect(problem).toMatchObject({ status: 400, code: 'invalid_argument', details: { position: 6 } });
});

test('a field of the wrong type is named', async () => {
  const { code, detail } = await problemOf(await aios.post('storage.read', '{"path": 3}'));
  expect(code).toBe('invalid_argument');
  expect(detail).toContain('path');
});

test('another content type and another method say what to send', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const typed = await problemOf(await aios.post('kernel.status', '{}', { headers }));
  expect(typed).toMatchObject({ status: 415, code: 'invalid_argument' });
  expect(typed.detail).toContain('content-type: application/json');
  const response = await aios.request('/api/syscalls/kernel.status');
  expect(response.headers.get('allow')).toBe('POST');
  expect(await problemOf(response)).toMatchObject({ status: 405 });
});

test.each(['0', '-5', 'soon', '1.5', '99999999999999'])('the deadline %s is refused', async (deadline) => {
  const headers = { 'x-aios-deadline-ms': deadline };
  const { code, detail } = await problemOf(await aios.post('kernel.status', '{}', { headers }));
  expect(code).toBe('invalid_argument');
  expect(detail).toContain('x-aios-deadline-ms');
});

test('a call that is not done within its deadline fails', async () => {
  const pid = await aios.startSleeper();
  const headers = { 'x-aios-deadline-ms': '30' };
  const problem = await problemOf(await aios.post('process.wait', JSON.stringify({ pid }), { headers }));
  expect(problem).toMatchObject({ status: 504, code: 'deadline_exceeded', disposition: 'retry' });
});

test('a client that accepts a stream gets the chunks and then the result', async () => {
  const pid = await aios.startSleeper();
  const response = await aios.post('process.logs', JSON.stringify({ pid, follow: true }), streaming);
  const collected = eventsOf(response);
  await aios.post('process.kill', JSON.stringify({ pid }));
  const events = await collected;
  expect(events.length).toBeGreaterThan(1);
  const { chunk, output } = syscalls['process.logs'];
  for (const { event, data } of events.slice(0, -1)) {
    expect(event).toBe('chunk');
    expect(chunk?.safeParse(data).success).toBe(true);
  }
  expect(events.at(-1)?.event).toBe('result');
  expect(output.safeParse(events.at(-1)?.data).success).toBe(true);
});

test('a stream ends with the error where the call fails', async () => {
  const events = await eventsOf(await aios.post('storage.read', '{"path": "/nowhere.md"}', streaming));
  expect(events).toMatchObject([{ event: 'error', data: { code: 'not_found', status: 404 } }]);
});

test.each(['application/json', 'text/event-stream'])(
  'a client of %s that goes away cancels its call',
  async (accept) => {
    const pid = await aios.startSleeper();
    const settled = aios.nextOf('syscall-settled', 'process.wait');
    const started = aios.nextOf('syscall-started', 'process.wait');
    const leaving = new AbortController();
    const body = JSON.stringify({ pid });
    const answer = aios.post('process.wait', body, { headers: { accept }, signal: leaving.signal });
    await started;
    leaving.abort();
    await expect(answer.then((response) => response.text())).rejects.toThrow();
    expect(await settled).toMatchObject([{ status: 'error', code: 'cancelled' }]);
  },
);

test('a body of 50 MB is refused by its length before it is read', async () => {
  const sending = httpRequest(`${aios.url}/api/syscalls/storage.write`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${aios.token}`,
      'content-type': 'application/json',
      'content-length': 50_000_000,
    },
  });
  sending.on('error', () => undefined);
  sending.flushHeaders();
  const [response] = await once(sending, 'response');
  expect(response.statusCode).toBe(413);
  sending.destroy();
});

test('a body of 50 MB is refused whether it tells its length or not, and the kernel goes on', async () => {
  const megabyte = 'x'.repeat(1_000_000);
  const whole = await aios.post('storage.write', `"${megabyte.repeat(50)}"`);
  const chunked = await aios.post(
    'storage.write',
    ReadableStream.from(Array(50).fill(megabyte)).pipeThrough(new TextEncoderStream()),
  );
  for (const response of [whole, chunked]) {
    const problem = await problemOf(response);
    expect(problem).toMatchObject({
      status: 413,
      code: 'invalid_argument',
      details: { maxBodyBytes: 16_000_000 },
    });
    expect(problem.detail).toContain('server.max_body_bytes');
  }
  expect((await aios.post('kernel.status')).status).toBe(200);
});

test('an image that is no base64 is refused before a provider is asked', async () => {
  const content = [{ type: 'image', mediaType: 'image/png', data: 'not base64!' }];
  const problem = await problemOf(
    await aios.post('llm.chat', JSON.stringify({ messages: [{ role: 'user', content }] })),
  );
  expect(problem).toMatchObject({ status: 400, code: 'invalid_argument' });
  expect(problem.detail).toContain('must be base64 or an https URL');
});
