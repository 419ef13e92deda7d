import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { createLogger } from '@aios/kernel';
import { expect, test } from 'vitest';
import { startServer } from './server.ts';
import { startTestServer } from './test-support/index.ts';

const silent = createLogger('silent');

test('running calls finish before the connections are closed and the kernel after them', async () => {
  await using aios = await startTestServer();
  const pid = await aios.startSleeper();
  using socket = await aios.openSocket();
  const started = aios.nextOf('syscall-started', 'process.wait', 2);
  socket.send({ type: 'subscribe', id: 1 }, { type: 'call', id: 2, name: 'process.wait', input: { pid } });
  const overHttp = aios.post('process.wait', JSON.stringify({ pid }));
  const events = await aios.request('/api/events');
  await started;
  const closed = aios.server.close({ drainMs: 10_000, reason: 'upgrade' });
  await aios.kernel.open(aios.token).request('process.kill', { pid });
  expect((await overHttp).status).toBe(200);
  expect(await socket.next({ id: 2 })).toMatchObject({ type: 'result', output: { state: 'killed' } });
  expect(await socket.closed).toEqual({ code: 1001, reason: 'upgrade' });
  await events.text();
  await closed;
  expect(aios.kernel.state).toBe('closing');
  await expect(fetch(`${aios.url}/healthz`)).rejects.toThrow();
});

test('a call that outlasts the drain is cancelled', async () => {
  await using aios = await startTestServer();
  const pid = await aios.startSleeper();
  using socket = await aios.openSocket();
  socket.send({ type: 'call', id: 1, name: 'process.wait', input: { pid } });
  socket.send({ type: 'call', id: 2, name: 'kernel.status', input: {} });
  await socket.next({ id: 2 });
  await aios.server.close({ drainMs: 10, reason: 'power cut' });
  expect(await socket.next({ id: 1 })).toMatchObject({
    type: 'error',
    error: { code: 'cancelled', detail: expect.stringContaining('power cut') },
  });
});

test('a port that a kernel has is named, and that a kernel has it', async () => {
  await using aios = await startTestServer();
  const port = Number(new URL(aios.url).port);
  const failure = startServer({ kernel: aios.kernel, port, logger: silent });
  await expect(failure).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(
      new RegExp(`Port ${port} .* kernel is already running .*AIOS_PORT, --port or server.port`),
    ),
  });
  expect(aios.kernel.state).toBe('ready');
});

test('a port that another program has is named', async () => {
  await using aios = await startTestServer();
  for (const other of [createServer((_request, response) => response.end('{}')), createTcpServer()]) {
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const failure = startServer({ kernel: aios.kernel, port, logger: silent });
    await expect(failure).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`Port ${port} of 127.0.0.1 is taken. Another program has it.`),
    });
    other.close();
  }
});

test('a host that is not of this machine is named', async () => {
  await using aios = await startTestServer();
  const failure = startServer({ kernel: aios.kernel, host: '192.0.2.1', port: 0, logger: silent });
  await expect(failure).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('192.0.2.1'),
  });
});

test('binding to more than loopback is warned about', async () => {
  await using aios = await startTestServer();
  const lines: string[] = [];
  const logger = createLogger('warn', { write: (line: string) => void lines.push(line) });
  await using server = await startServer({ kernel: aios.kernel, host: '0.0.0.0', port: 0, logger });
  expect(lines.join('')).toContain('other machines can reach this kernel');
  expect((await fetch(server.url.replace('0.0.0.0', '127.0.0.1').concat('/healthz'))).status).toBe(200);
  expect(aios.log.join('')).not.toContain('other machines');
});

test.each([
  ['headers', 'GET / HTTP/1.1\r\nHost: localhost\r\n', /^HTTP\/1.1 408 /],
  [
    'a body',
    'POST /api/syscalls/kernel.status HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\nAuthorization: Bearer TOKEN\r\n\r\n{',
    /^HTTP\/1.1 408 /,
  ],
  ['what is not HTTP', '\u0016\u0003\u0001 hello\r\n\r\n', /^HTTP\/1.1 400 /],
  ['headers without end', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}`, /^HTTP\/1.1 431 /],
])('a client that sends %s and then nothing is answered and dropped', async (_what, sent, answer) => {
  await using aios = await startTestServer({ headersTimeoutMs: 100, requestTimeoutMs: 200 });
  const { port } = new URL(aios.url);
  const client = connect(Number(port), '127.0.0.1');
  client.write(sent.replace('TOKEN', aios.token));
  const received = await text(client);
  expect(received).toMatch(answer);
  expect(received).toContain('application/problem+json');
});
