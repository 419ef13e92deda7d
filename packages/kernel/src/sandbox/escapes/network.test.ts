// Attempts to reach somebody: the kernel’s API, other services of the machine, a name server, the internet.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasSandbox, isRoot, kernels, node, outside, python, shell } from './kernels.fixture.ts';

const abstractName = `aios-escape-${process.pid}`;
const api = createHttpServer((_, response) => response.end('answered'));
const local = createServer((socket) => socket.end('answered'));
const nameServer = createSocket('udp4');
const asked: string[] = [];
let apiPort = 0;

beforeAll(async () => {
  nameServer.on('message', (question) => asked.push(question.toString('latin1')));
  api.listen(0, '127.0.0.1');
  local.listen(`\0${abstractName}`);
  nameServer.bind(0, '127.0.0.1');
  await Promise.all([once(api, 'listening'), once(local, 'listening'), once(nameServer, 'listening')]);
  apiPort = (api.address() as AddressInfo).port;
});
afterAll(() => {
  api.close();
  local.close();
  nameServer.close();
});

describe.skipIf(!hasSandbox).each(kernels)('a kernel of $user', ({ run }) => {
  test('a program does not reach the loopback API', async () => {
    const attempt = node(`fetch('http://127.0.0.1:${apiPort}').then((r) => r.text()).then(console.log)`);
    expect((await outside(attempt)).stdout).toBe('answered\n');
    const { stdout, stderr } = await run(attempt);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/ECONNREFUSED|ENETUNREACH/);
  });

  test('a program does not reach an abstract UNIX socket', async () => {
    const attempt = python(
      `import socket; s = socket.socket(socket.AF_UNIX); s.connect("\\0${abstractName}"); print(s.recv(99).decode())`,
    );
    expect((await outside(attempt)).stdout).toBe('answered\n');
    expect(await run(attempt)).toMatchObject({ stdout: '', stderr: expect.stringContaining('refused') });
  });

  test('a program carries nothing out in the names that it asks for', async () => {
    const { port } = nameServer.address();
    const name = (place: string) => `secret-${place}`;
    const attempt = (place: string) =>
      node(
        `const r = new (require('node:dns').Resolver)({ timeout: 200, tries: 1 }); r.setServers(['127.0.0.1:${port}']);
         r.resolve4('${name(place)}.example', (error) => console.log(error.code))`,
      );
    await outside(attempt('outside'));
    await run(attempt('inside'));
    expect(asked.some((question) => question.includes(name('outside')))).toBe(true);
    expect(asked.some((question) => question.includes(name('inside')))).toBe(false);
  });

  test('a program has no interface but its own loopback', async () => {
    const attempt = shell('tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "');
    const inside = (await run(attempt)).stdout.trim().split('\n');
    expect(inside).toContain('lo');
    expect(inside.filter((name) => /^(eth|en|wl|docker|veth)/.test(name))).toEqual([]);
    const address = python(
      'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(("192.0.2.1", 53)); print(s.getsockname()[0])',
    );
    expect((await run(address)).stderr).toContain('unreachable');
  });

  test('a program makes no socket that reaches the machine’s kernel, its host or the wire', async () => {
    const attempt = python(`
import socket
for family, *more in [(socket.AF_NETLINK, socket.SOCK_RAW, 0), (socket.AF_PACKET, socket.SOCK_RAW, 0),
                      (socket.AF_VSOCK, socket.SOCK_STREAM), (socket.AF_INET, socket.SOCK_RAW, 1)]:
    try:
        socket.socket(family, *more)
        print('made')
    except OSError as error: print(error.errno)
`);
    if (isRoot) expect((await outside(attempt)).stdout).toBe('made\nmade\nmade\nmade\n');
    expect((await run(attempt)).stdout).toBe('97\n97\n97\n1\n');
  });
});
