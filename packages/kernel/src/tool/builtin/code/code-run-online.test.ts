import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configSchema } from '../../../config/index.ts';
import { createSandbox } from '../../../sandbox/index.ts';
import { sandboxOfMachine } from '../../../sandbox/sandbox.fixture.ts';
import { callTool } from '../../tool.fixture.ts';
import { createTools } from '../../tools.ts';

const logger = pino({ level: 'silent' });
const sandbox = createSandbox({ logger });
const found = await sandboxOfMachine();

const server = createServer((_, response) => response.end('from outside'));
let port = 0;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

/** Names of the test; the real name server is not asked. */
const addresses: Record<string, LookupAddress[]> = {
  'public.test': [{ address: '127.0.0.1', family: 4 }],
  'ungranted.test': [{ address: '127.0.0.1', family: 4 }],
  'inner.test': [{ address: '10.0.0.1', family: 4 }],
  'metadata.test': [{ address: '169.254.169.254', family: 4 }],
};

/** Asks each host through the proxy of the environment, as http.client of Python does. */
const ask = (hosts: readonly string[], port: number) => `
import http.client, os, urllib.parse
proxy = urllib.parse.urlparse(os.environ['https_proxy'])
for host in ${JSON.stringify(hosts)}:
    connection = http.client.HTTPConnection(proxy.hostname, proxy.port)
    connection.set_tunnel(host, ${port})
    try:
        connection.request('GET', '/')
        print(host, connection.getresponse().read().decode())
    except OSError as error:
        print(host, 'no:', error)
`;

describe.skipIf(found === undefined)('a program with a way out', () => {
  const run = (code: string, { allowed = ['127.0.0.1'], language = 'python' } = {}) => {
    const config = configSchema.parse({ tool: { http_allow: allowed } });
    const tools = createTools({
      config: () => config,
      logger,
      sandbox,
      lookup: async (host) => addresses[host] ?? Promise.reject(new Error(`no ${host}`)),
    });
    return callTool(
      tools,
      'code.run-online',
      { language, code },
      {
        allows: (action, target) => action !== 'net.connect' || target !== 'ungranted.test',
      },
    );
  };

  test('reaches a host that was granted, by a name that only the kernel can look up', async () => {
    const result = await run(ask(['public.test'], port));
    expect(result).toMatchObject({ exitCode: 0, stdout: 'public.test from outside\n' });
    expect(result).toMatchObject({
      connections: [
        { host: 'public.test', port, sentBytes: expect.any(Number), receivedBytes: expect.any(Number) },
      ],
    });
  });

  test('reaches no host that was not granted, and none that is not public', async () => {
    const hosts = [
      'ungranted.test',
      'inner.test',
      'metadata.test',
      '169.254.169.254',
      '10.0.0.1',
      'nowhere.test',
    ];
    const result = await run(ask(hosts, port));
    for (const host of hosts)
      expect(result).toMatchObject({ stdout: expect.stringContaining(`${host} no:`) });
    expect(result).toMatchObject({
      connections: hosts.map((host) => ({
        host,
        refused: expect.any(String),
        sentBytes: 0,
        receivedBytes: 0,
      })),
    });
  });

  test('does not reach the kernel’s machine by the proxy', async () => {
    const result = await run(ask(['127.0.0.1', 'public.test', 'localhost', '::1'], port), { allowed: [] });
    expect(result).toMatchObject({ stdout: expect.not.stringContaining('from outside') });
  });

  test('has no other way than the proxy', async () => {
    const code = `import socket
socket.create_connection(('127.0.0.1', ${port}), timeout=2)`;
    expect(await run(code)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('refused') });
  });

  test('is told when it asks the proxy for anything but a connection', async () => {
    const code = `import urllib.request, urllib.error
try: urllib.request.urlopen('http://public.test/')
except urllib.error.HTTPError as error: print(error.code, error.read().decode())`;
    expect(await run(code)).toMatchObject({ stdout: expect.stringContaining('405 Only CONNECT') });
  });

  test('may be JavaScript, whose fetch goes through the proxy', async () => {
    const code = `fetch('https://public.test:${port}').catch((error) => console.log(error.cause?.code ?? error.message))`;
    const result = await run(code, { language: 'javascript' });
    // It is no TLS server that answers; that it was asked is what counts.
    expect(result).toMatchObject({ connections: [{ host: 'public.test', port }] });
  });
});
