import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { AiosError, type JsonObject } from '@aios/protocol';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configSchema } from '../../../config/index.ts';
import type { Lookup } from '../../../network/index.ts';
import { createSandbox } from '../../../sandbox/index.ts';
import { type CallOptions, callTool, errorOf } from '../../tool.fixture.ts';
import { createTools } from '../../tools.ts';

const routes: Record<string, RequestListener> = {
  '/plain': (_, response) => void response.setHeader('content-type', 'text/plain').end('hello'),
  '/json': (_, response) =>
    void response.setHeader('content-type', 'application/ld+json; charset=utf-8').end('{"a":1}'),
  '/latin': (_, response) =>
    void response
      .setHeader('content-type', 'text/html; charset=ISO-8859-1')
      .end(Buffer.from('café', 'latin1')),
  '/charset': (_, response) => void response.setHeader('content-type', 'text/html; charset=klingon').end('x'),
  '/untyped': (_, response) => void response.end('just text'),
  '/untyped-binary': (_, response) => void response.end(Buffer.from([1, 0, 2])),
  '/image': (_, response) => void response.setHeader('content-type', 'image/png').end('x'),
  '/gzip': (_, response) =>
    void response
      .writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' })
      .end(gzipSync('packed')),
  '/damaged': (_, response) =>
    void response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' }).end('no gzip'),
  '/exotic': (_, response) =>
    void response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'exi' }).end('x'),
  '/bomb': (_, response) =>
    void response
      .writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' })
      .end(gzipSync(Buffer.alloc(20_000_000, 'x'))),
  '/large': (_, response) =>
    void response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '5000000' }).write('x'),
  '/endless': (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    const feed = () => {
      while (!response.destroyed && response.write('x'.repeat(50_000)));
    };
    response.on('drain', feed);
    feed();
  },
  '/silent': () => undefined,
  '/half': (_, response) => void response.writeHead(200, { 'content-type': 'text/plain' }).write('half'),
  '/cut': (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '100' }).write('half', () => {
      response.destroy();
    });
  },
  '/missing': (_, response) => void response.writeHead(404, { 'content-type': 'text/plain' }).end('none'),
  '/to': (request, response) => {
    const target = new URL(request.url ?? '', 'http://x').searchParams.get('url') ?? '';
    response.writeHead(302, { location: target }).end('moved');
  },
  '/count': (request, response) => {
    const left = Number(new URL(request.url ?? '', 'http://x').searchParams.get('left'));
    if (left > 0) response.writeHead(307, { location: `/count?left=${left - 1}` }).end();
    else response.setHeader('content-type', 'text/plain').end('arrived');
  },
};

const server = createServer((request, response) => {
  const route = routes[new URL(request.url ?? '/', 'http://x').pathname];
  route?.(request, response);
});
let origin = '';
let port = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
  origin = `http://127.0.0.1:${port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

interface Setting extends CallOptions {
  readonly tool?: Record<string, unknown>;
  readonly lookup?: Lookup;
}

function get(url: string, { tool = {}, lookup, ...options }: Setting = {}, more: JsonObject = {}) {
  const config = configSchema.parse({ tool: { http_allow: ['127.0.0.1'], ...tool } });
  const logger = pino({ level: 'silent' });
  const tools = createTools({
    config: () => config,
    logger,
    sandbox: createSandbox({ logger }),
    ...(lookup && { lookup }),
  });
  return callTool(tools, 'http.get', { url, ...more }, options);
}

const closed = { tool: { http_allow: [] } };

test('text comes with its status, type and where it was found', async () => {
  expect(await get(`${origin}/plain`)).toEqual({
    status: 200,
    contentType: 'text/plain',
    url: `${origin}/plain`,
    text: 'hello',
  });
  expect(await get(`${origin}/json`)).toMatchObject({ text: '{"a":1}' });
  expect(await get(`${origin}/missing`)).toMatchObject({ status: 404, text: 'none' });
  expect(await get(`${origin}/untyped`)).toMatchObject({ contentType: '', text: 'just text' });
});

test('other character sets and packed answers are read', async () => {
  expect(await get(`${origin}/latin`)).toMatchObject({ text: 'café' });
  expect(await get(`${origin}/gzip`)).toMatchObject({ text: 'packed' });
  expect((await errorOf(get(`${origin}/charset`))).message).toMatch(/character set klingon/);
});

test('an answer that is packed wrongly is refused', async () => {
  expect((await errorOf(get(`${origin}/damaged`))).message).toMatch(/its packed content is damaged/);
  expect((await errorOf(get(`${origin}/exotic`))).message).toMatch(/packed as exi/);
});

test('long texts come in parts', async () => {
  const first = await get(`${origin}/plain`, {}, { maxCharacters: 2 });
  expect(first).toMatchObject({ text: 'he', start: 0, totalCharacters: 5 });
  expect(await get(`${origin}/plain`, {}, { start: 2 })).toMatchObject({
    text: 'llo',
    start: 2,
    totalCharacters: 5,
  });
});

test('what is not text is refused', async () => {
  expect((await errorOf(get(`${origin}/image`))).message).toMatch(
    /is image\/png, and http\.get reads text only/,
  );
  expect((await errorOf(get(`${origin}/untyped-binary`))).message).toMatch(/is binary data/);
});

test.each([
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.0.0.1.',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::]',
  '0.0.0.0',
  '0',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.0.1',
  '169.254.169.254',
  '[fd00:ec2::254]',
  '[fe80::1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '100.64.0.1',
  '224.0.0.1',
  '255.255.255.255',
  'localhost',
  'LOCALHOST',
])('http://%s is refused', async (host) => {
  const error = await errorOf(get(`http://${host}:${port}/plain`, closed));
  expect(error).toMatchObject({
    code: 'permission_denied',
    message: expect.stringContaining('tool.http_allow'),
  });
});

test('a name that resolves to a private address is refused, and one that is allowed is reached', async () => {
  const lookup: Lookup = async () => [{ address: '127.0.0.1', family: 4 }];
  expect((await errorOf(get(`http://inside.test:${port}/plain`, { ...closed, lookup }))).message).toMatch(
    /^Tool "http.get": inside\.test is a loopback, private or reserved address/,
  );
  expect(await get(`http://inside.test:${port}/plain`, { lookup })).toMatchObject({ text: 'hello' });
});

test('of the addresses of a name only allowed ones are connected to', async () => {
  const lookup: Lookup = async () => [
    { address: '10.255.255.1', family: 4 },
    { address: '::1', family: 6 },
    { address: '127.0.0.1', family: 4 },
  ];
  expect(await get(`http://mixed.test:${port}/plain`, { lookup })).toMatchObject({ text: 'hello' });
});

test('each connection has its name looked up and checked, so rebinding gains nothing', async () => {
  let looks = 0;
  const lookup: Lookup = async () => {
    looks += 1;
    return [{ address: looks === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }];
  };
  const url = `http://rebind.test:${port}/to?url=${encodeURIComponent(`http://rebind.test:${port}/plain`)}`;
  expect((await errorOf(get(url, { lookup }))).code).toBe('permission_denied');
  expect(looks).toBe(2);
});

test('redirects are followed, at most five of them', async () => {
  expect(await get(`${origin}/count?left=5`)).toMatchObject({
    text: 'arrived',
    url: `${origin}/count?left=0`,
  });
  expect((await errorOf(get(`${origin}/count?left=6`))).message).toMatch(/redirects more than 5 times/);
});

test.each([
  ['a private address', 'http://192.168.0.1/', 'permission_denied'],
  ['loopback under another name', 'http://[::ffff:127.0.0.2]/', 'permission_denied'],
  ['a name that resolves to one', 'http://inside.test/', 'permission_denied'],
  ['a file', 'file:///etc/passwd', 'invalid_argument'],
  ['a data URL', 'data:text/plain,x', 'invalid_argument'],
  ['credentials', 'http://a:b@127.0.0.1/', 'invalid_argument'],
  ['no URL', 'http://', 'invalid_argument'],
])('a redirect to %s is refused', async (_, target, code) => {
  const lookup: Lookup = async () => [{ address: '10.0.0.1', family: 4 }];
  const error = await errorOf(get(`${origin}/to?url=${encodeURIComponent(target)}`, { lookup }));
  expect(error.code).toBe(code);
});

test.each([
  'ftp://example.com/',
  'file:///etc/passwd',
  'http://user:secret@example.com/',
  'http://user@example.com/',
  'example.com',
  'http://',
  'javascript:1',
])('%s is refused', async (url) => {
  const error = await errorOf(get(url));
  expect(error).toMatchObject({ code: 'invalid_argument', message: expect.stringMatching(/url: /) });
  expect(error.message).not.toContain('secret');
});

test('each host on the way must be granted', async () => {
  const asked: string[] = [];
  const allows = (action: string, target?: string) => {
    asked.push(`${action}:${target}`);
    return target === '127.0.0.1';
  };
  const lookup: Lookup = async () => [{ address: '127.0.0.1', family: 4 }];
  const target = encodeURIComponent(`http://other.test:${port}/plain`);
  const error = await errorOf(get(`${origin}/to?url=${target}`, { allows, lookup }));
  expect(error).toMatchObject({
    code: 'permission_denied',
    message: expect.stringContaining('net.connect:other.test'),
  });
  expect(asked).toEqual(['net.connect:127.0.0.1', 'net.connect:other.test']);
  expect((await errorOf(get('http://[::1]/', { allows }))).message).toContain(
    'net.connect:::1 was not granted',
  );
});

test('an answer that is too large is cut off, however it is sent', async () => {
  for (const path of ['/large', '/endless', '/bomb']) {
    expect((await errorOf(get(`${origin}${path}`))).message).toMatch(
      /larger than 1000000 bytes.*http_max_bytes/,
    );
  }
});

test('a host that does not answer, or not to the end, is given up', async () => {
  const tool = { http_timeout_ms: 60 };
  for (const path of ['/silent', '/half']) {
    expect(
      await errorOf(get(`${origin}${path}`, { tool: { http_allow: ['127.0.0.1'], ...tool } })),
    ).toMatchObject({
      code: 'deadline_exceeded',
      message: expect.stringContaining('No complete answer within 60 ms'),
    });
  }
  const lookup: Lookup = () => Promise.withResolvers<never>().promise;
  expect((await errorOf(get('http://slow.test/', { tool, lookup }))).code).toBe('deadline_exceeded');
});

test('a cancelled call ends at once', async () => {
  const asked = Promise.withResolvers<void>();
  const lookup: Lookup = () => {
    asked.resolve();
    return Promise.withResolvers<never>().promise;
  };
  const controller = new AbortController();
  const call = errorOf(get('http://slow.test/', { lookup, signal: controller.signal }));
  await asked.promise;
  controller.abort(new AiosError('cancelled', 'Killed.'));
  expect((await call).code).toBe('cancelled');
});

test('network failures say what happened', async () => {
  const lookup: Lookup = async () => {
    throw Object.assign(new Error('getaddrinfo ENOTFOUND nowhere.test'), { code: 'ENOTFOUND' });
  };
  expect(await errorOf(get('http://nowhere.test/', { lookup }))).toMatchObject({
    code: 'unavailable',
    message: 'Tool "http.get": The page cannot be read: the host does not exist.',
  });
  expect((await errorOf(get('http://127.0.0.1:1/'))).message).toMatch(/refuses the connection/);
  expect((await errorOf(get(`${origin}/cut`))).message).toMatch(/closed the connection/);
});
