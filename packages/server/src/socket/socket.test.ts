import { on } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../test-support/index.ts';

let aios: TestServer;
beforeAll(async () => {
  aios = await startTestServer({ sendBufferBytes: 400_000, openPerSocket: 20 });
});
afterAll(() => aios[Symbol.asyncDispose]());

const status = { type: 'call', name: 'kernel.status', input: {} };
const waitFor = (pid: number) => ({ type: 'call', name: 'process.wait', input: { pid } });

test('many calls run at once and each ends in its own time', async () => {
  using socket = await aios.openSocket();
  const pid = await aios.startSleeper();
  socket.send({ ...waitFor(pid), id: 1 }, { ...status, id: 2 }, { ...status, id: 3 });
  expect(await socket.next({ type: 'result', id: 3 })).toMatchObject({ output: { state: 'ready' } });
  await socket.next({ type: 'result', id: 2 });
  expect(socket.frames.some((frame) => frame.id === 1)).toBe(false);
  socket.send({ type: 'call', id: 4, name: 'process.kill', input: { pid } });
  expect(await socket.next({ id: 1 })).toMatchObject({ type: 'result', output: { state: 'killed' } });
});

test('cancel ends a call with exactly one error', async () => {
  using socket = await aios.openSocket();
  const pid = await aios.startSleeper();
  socket.send({ ...waitFor(pid), id: 1 }, { type: 'cancel', id: 1 }, { type: 'cancel', id: 1 });
  expect(await socket.next({ id: 1 })).toMatchObject({ type: 'error', error: { code: 'cancelled' } });
  socket.send({ ...status, id: 1 });
  await socket.next({ type: 'result', id: 1 });
  expect(socket.frames.filter(({ id }) => id === 1)).toHaveLength(2);
});

test('chunks come only to a call that asked for a stream', async () => {
  using socket = await aios.openSocket();
  const pid = await aios.startSleeper();
  const follow = { type: 'call', name: 'process.logs', input: { pid, follow: true } };
  socket.send({ ...follow, id: 1, stream: true }, { ...follow, id: 2 });
  expect(await socket.next({ type: 'chunk', id: 1 })).toMatchObject({
    chunk: { sequence: expect.any(Number) },
  });
  socket.send({ type: 'call', id: 3, name: 'process.kill', input: { pid } });
  await socket.next({ type: 'result', id: 1 });
  await socket.next({ type: 'result', id: 2 });
  expect(socket.frames.some(({ type, id }) => type === 'chunk' && id === 2)).toBe(false);
});

test('a deadline of a frame holds', async () => {
  using socket = await aios.openSocket();
  const pid = await aios.startSleeper();
  socket.send({ ...waitFor(pid), id: 1, deadlineMs: 20 });
  expect(await socket.next({ id: 1 })).toMatchObject({ error: { code: 'deadline_exceeded' } });
});

test('subscriptions deliver until they are taken back', async () => {
  using socket = await aios.openSocket();
  const filter = { types: ['config-rejected'] };
  socket.send({ type: 'subscribe', id: 1, filter });
  await socket.next({ type: 'subscribed', id: 1 });
  aios.kernel.events.publish({ type: 'config-rejected', message: 'first' });
  expect(await socket.next({ type: 'event', id: 1 })).toMatchObject({ event: { message: 'first' } });
  socket.send({ type: 'unsubscribe', id: 1 }, { ...status, id: 2 });
  await socket.next({ id: 2 });
  aios.kernel.events.publish({ type: 'config-rejected', message: 'second' });
  socket.send({ ...status, id: 3 });
  await socket.next({ id: 3 });
  expect(socket.frames.filter(({ type }) => type === 'event')).toHaveLength(1);
});

test.each([
  ['not JSON', 'nonsense', null, 'invalid_argument'],
  ['no object', '3', null, 'invalid_argument'],
  ['no known type', '{"type":"hello","id":7}', 7, 'invalid_argument'],
  ['no call', '{"type":"call","id":7,"name":3,"input":{}}', 7, 'invalid_argument'],
  ['an unknown call', '{"type":"call","id":7,"name":"kernel.stats","input":{}}', 7, 'not_found'],
  ['a wrong id', '{"type":"call","id":-7,"name":"kernel.status","input":{}}', null, 'invalid_argument'],
  ['a wrong filter', '{"type":"subscribe","id":7,"filter":{"types":["x"]}}', 7, 'invalid_argument'],
  ['binary', Buffer.from('{"type":"cancel","id":7}'), null, 'invalid_argument'],
])('a frame with %s is refused and the connection stays', async (_what, frame, id, code) => {
  using socket = await aios.openSocket();
  socket.socket.send(frame);
  expect(await socket.next({ type: 'error' })).toMatchObject({ id, error: { code } });
  socket.send({ ...status, id: 1 });
  await socket.next({ type: 'result', id: 1 });
});

test('an id in use is refused and what has it goes on', async () => {
  using socket = await aios.openSocket();
  const pid = await aios.startSleeper();
  socket.send({ ...waitFor(pid), id: 1 }, { ...status, id: 1 }, { type: 'call', id: 1 });
  expect(await socket.next({ type: 'error' })).toMatchObject({
    id: null,
    error: { code: 'already_exists', details: { id: 1 } },
  });
  socket.send({ type: 'call', id: 2, name: 'process.kill', input: { pid } });
  await socket.next({ type: 'result', id: 1 });
  expect(socket.frames.filter(({ type }) => type === 'error').map(({ id }) => id)).toEqual([null, null]);
});

test('more than the allowed number of open calls is refused', async () => {
  using socket = await aios.openSocket();
  const pid = await aios.startSleeper();
  for (let id = 0; id < 21; id += 1) socket.send({ ...waitFor(pid), id });
  expect(await socket.next({ type: 'error' })).toMatchObject({ id: 20, error: { code: 'rate_limited' } });
});

test('what is open is cancelled when the connection goes', async () => {
  const pid = await aios.startSleeper();
  const ended = aios.nextOf('syscall-settled', 'process.wait', 2);
  const socket = await aios.openSocket();
  socket.send({ ...waitFor(pid), id: 1 }, { ...waitFor(pid), id: 2 }, { ...status, id: 3 });
  await socket.next({ id: 3 });
  socket[Symbol.dispose]();
  expect(await ended).toMatchObject([{ code: 'cancelled' }, { code: 'cancelled' }]);
});

test('a frame over the size allowed closes the connection with code 1009', async () => {
  using socket = await aios.openSocket();
  socket.socket.on('error', () => undefined);
  socket.socket.send('x'.repeat(16_000_001));
  expect((await socket.closed).code).toBe(1009);
});

test('a reader that does not read is closed with a reason instead of filling the memory', async () => {
  using socket = await aios.openSocket();
  socket.send({ type: 'subscribe', id: 1, filter: { types: ['config-rejected'] } });
  await socket.next({ type: 'subscribed' });
  socket.socket.pause();
  const message = 'x'.repeat(100_000);
  let published = 0;
  while (!aios.log.join('').includes('its reader is too slow') && published < 300) {
    aios.kernel.events.publish({ type: 'config-rejected', message });
    published += 1;
    await setImmediate();
  }
  socket.socket.resume();
  const { code, reason } = await socket.closed;
  expect(code).toBe(1008);
  expect(reason).toContain('Too slow');
});

test('a client that asks for more than may wait gets all of it, as fast as it reads', async () => {
  using socket = await aios.openSocket();
  const path = '/large.txt';
  const content = 'x'.repeat(300_000);
  socket.send({ type: 'call', id: 0, name: 'storage.write', input: { path, content } });
  await socket.next({ type: 'result', id: 0 });
  const settled = aios.nextOf('syscall-settled', 'storage.read', 2);
  socket.socket.pause();
  for (let id = 1; id <= 19; id += 1) {
    socket.send({ type: 'call', id, name: 'storage.read', input: { path } });
  }
  await settled;
  await setImmediate();
  socket.socket.resume();
  for (let id = 1; id <= 19; id += 1) {
    expect(await socket.next({ id })).toMatchObject({ output: { content } });
  }
});

test('a client that gives no sign of life is dropped, one that answers pings stays', async () => {
  await using server = await startTestServer({ heartbeatMs: 30, silenceMs: 100 });
  using alive = await server.openSocket();
  using dead = await server.openSocket();
  dead.socket.pause();
  const pings = on(alive.socket, 'ping');
  for (let count = 0; count < 8; count += 1) await pings.next();
  dead.socket.resume();
  expect((await dead.closed).code).toBe(1006);
  alive.send({ ...status, id: 1 });
  await alive.next({ type: 'result', id: 1 });
});
