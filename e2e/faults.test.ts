// What can go wrong around a kernel: a full disk, a home that cannot be written, a broken configuration, a taken port, a
// second kernel, bad requests. Each is a clear error, nothing is lost, and the kernel stays up.

import { chmod, mkdir, mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realComponent } from '@aios/testing/real-component';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aios, type KernelProcess, startKernel } from './kernel-process.ts';
import { mountSmallDisk } from './small-disk.ts';

const offline = 'llms:\n  models:\n    - { name: offline, backend: offline }\n';

async function makeHome(config = offline): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'aios-faults-'));
  await writeFile(join(home, 'config.yaml'), config);
  return home;
}

const homes: string[] = [];
async function freshHome(config?: string): Promise<string> {
  const home = await makeHome(config);
  homes.push(home);
  return home;
}
afterAll(async () => {
  for (const home of homes) await rm(home, { recursive: true, force: true });
});

describe('requests', () => {
  let kernel: KernelProcess;
  let token: string;
  beforeAll(async () => {
    const home = await freshHome();
    kernel = await startKernel({ home });
    token = (await readFile(join(home, 'credentials'), 'utf8')).trim();
  });
  afterAll(async () => {
    expect((await kernel.client.kernel.status({})).state).toBe('ready');
    await kernel[Symbol.asyncDispose]();
  });

  async function post(name: string, body: string | Uint8Array, headers: Record<string, string> = {}) {
    const response = await fetch(`${kernel.url}/api/syscalls/${name}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body,
    });
    const answer = await response.json();
    return { status: response.status, type: response.headers.get('content-type'), answer };
  }

  test.each([
    ['malformed JSON', 'storage.read', '{"path": ', 400, 'invalid_argument', /JSON/],
    ['an unknown call', 'storage.reed', '{}', 404, 'not_found', /storage\.read/],
    ['a wrong type', 'storage.read', '{"path": 7}', 400, 'invalid_argument', /path/],
    ['a list instead of an object', 'storage.read', '[]', 400, 'invalid_argument', /object/],
    [
      'a path out of the mounts',
      'storage.read',
      '{"path": "/../../etc/passwd"}',
      400,
      'invalid_argument',
      /\.\./,
    ],
    ['a NUL byte', 'storage.read', '{"path": "/a\\u0000b"}', 400, 'invalid_argument', /NUL/],
    ['a host path', 'storage.read', '{"path": "/etc/passwd"}', 404, 'not_found', /etc\/passwd/],
    [
      'an unknown model',
      'llm.chat',
      '{"model":"x","messages":[{"role":"user","content":"y"}]}',
      404,
      'not_found',
      /offline/,
    ],
    ['an unknown agent', 'process.spawn', '{"agent":"nobody"}', 404, 'not_found', /agents/],
    ['an unknown process', 'process.get', '{"pid": 999999}', 404, 'not_found', /ps --all/],
  ])('%s', async (_what, name, body, status, code, detail) => {
    const { status: got, type, answer } = await post(name, body);
    expect(answer).toMatchObject({ status, code, detail: expect.stringMatching(detail) });
    expect(got).toBe(status);
    expect(type).toContain('application/problem+json');
    expect(JSON.stringify(answer)).not.toMatch(/node_modules|\.ts:\d/);
  });

  test('a body of 50 MB is refused without being taken in', async () => {
    const body = Buffer.alloc(50_000_000, 'a');
    const answered = await post('storage.write', body).catch((error: unknown) => error);
    // The server may answer and hang up while the client still sends, which fetch reports as a broken connection.
    if (answered instanceof Error)
      expect(String(answered.cause ?? answered)).toMatch(/EPIPE|ECONNRESET|socket|fetch failed/i);
    else expect(answered).toMatchObject({ status: 413, answer: { code: 'invalid_argument' } });
    const { residentBytes } = await kernel.client.kernel.status({});
    expect(residentBytes).toBeLessThan(300_000_000);
  });

  test('a wrong token is refused before the call is looked at', async () => {
    const { status, answer } = await post('no.such', '{', { authorization: 'Bearer wrong' });
    expect(status).toBe(401);
    expect(answer).toMatchObject({ code: 'unauthenticated', detail: expect.stringContaining('credentials') });
  });
});

test('a full disk: writes fail and say why, what was there stays, and it works again when there is room', async () => {
  const disk = realComponent('small disk (tmpfs)', mountSmallDisk(24), 'Run the tests as root.');
  if (disk === undefined) return;
  using mounted = disk;
  const home = join(mounted.path, 'home');
  await mkdir(home);
  await writeFile(join(home, 'config.yaml'), offline);
  await using kernel = await startKernel({ home });
  const { client } = kernel;
  const kept = await client.storage.write({ path: '/kept.txt', content: 'precious' });
  await client.memory.add({ content: 'precious note' });

  const { bavail, bsize } = await statfs(home);
  await writeFile(join(mounted.path, 'filler'), Buffer.alloc(bavail * bsize));
  const large = 'x'.repeat(1_000_000);
  await expect(client.storage.write({ path: '/kept.txt', content: large })).rejects.toMatchObject({
    code: 'unavailable',
    disposition: 'operator',
    message: expect.stringMatching(/full|space/i),
  });
  await expect(client.memory.add({ content: large.slice(0, 90_000) })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/full|space/i),
  });
  expect(await client.storage.read({ path: '/kept.txt' })).toMatchObject({
    content: 'precious',
    version: kept.version,
  });
  expect((await client.kernel.status({})).state).toBe('ready');

  await rm(join(mounted.path, 'filler'));
  await client.storage.write({ path: '/kept.txt', content: 'after' });
  await client.memory.add({ content: 'another note' });
  expect((await client.memory.search({ query: 'precious note' })).notes[0]?.content).toBe('precious note');
});

test('a home that cannot be written is refused with what to do', async () => {
  const home = await freshHome();
  await chmod(home, 0o555);
  // The superuser may write everywhere, so the kernel runs as nobody.
  const uid = process.getuid?.() === 0 ? { uid: 65_534 } : {};
  const result = await aios(['up', '--port', '0'], { home, ...uid });
  await chmod(home, 0o755);
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(/AIOS_HOME|writ/);
  expect(result.stderr).not.toMatch(/\n\s+at /);
});

test('a broken configuration names file, line and key, and the file stays as it is', async () => {
  const broken = 'llms:\n  models:\n    - { name: a }\nserver:\n  port: eighty\n';
  const home = await freshHome(broken);
  const result = await aios(['up', '--port', '0'], { home });
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(/config\.yaml:3:\d+ llms\.models\[0\]\.backend/);
  expect(result.stderr).toMatch(/config\.yaml:5:\d+ server\.port/);
  expect(await readFile(join(home, 'config.yaml'), 'utf8')).toBe(broken);
});

test('a broken configuration changes nothing in a running kernel', async () => {
  const home = await freshHome();
  await using kernel = await startKernel({ home });
  const rejected = (async () => {
    for await (const event of kernel.client.events({ types: ['config-rejected'] })) return event;
    return undefined;
  })();
  await kernel.client.kernel.status({});
  await writeFile(
    join(home, 'config.yaml'),
    'llms:\n  models:\n    - { name: a, backend: no-such-backend }\n',
  );
  await expect(kernel.client.kernel.refresh({})).rejects.toMatchObject({
    code: 'invalid_argument',
    message: expect.stringContaining('llms.models[0].backend'),
  });
  expect(await rejected).toMatchObject({ type: 'config-rejected' });
  expect((await kernel.client.llm.models({})).models.map(({ name }) => name)).toEqual(['offline']);

  await writeFile(join(home, 'config.yaml'), `${offline}    - { name: second, backend: offline }\n`);
  await kernel.client.kernel.refresh({});
  expect((await kernel.client.llm.models({})).models.map(({ name }) => name)).toEqual(['offline', 'second']);
});

test('a taken port is refused with what to do', async () => {
  const home = await freshHome();
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const address = taken.address();
  const port = typeof address === 'object' && address !== null ? String(address.port) : '';
  const result = await aios(['up', '--port', port], { home });
  taken.close();
  expect(result.code).toBe(1);
  expect(result.stderr).toContain(port);
  expect(result.stderr).toMatch(/--port|AIOS_PORT/);
});

test('a second kernel on the same home is refused and told where the first one is', async () => {
  const home = await freshHome();
  await using kernel = await startKernel({ home });
  const result = await aios(['up', '--port', '0'], { home });
  expect(result.code).toBe(1);
  expect(result.stderr).toContain(kernel.url);
  expect(result.stderr).toContain(String(kernel.child.pid));
  expect((await kernel.client.kernel.status({})).state).toBe('ready');
});

test('a damaged database is refused and left as it is', async () => {
  const home = await freshHome();
  const garbage = Buffer.from('this is not a database, but it may be all that is left of one'.repeat(200));
  await writeFile(join(home, 'aios.db'), garbage);
  const result = await aios(['up', '--port', '0'], { home });
  expect(result.code).toBe(1);
  expect(result.stderr).toContain('aios.db');
  expect(await readFile(join(home, 'aios.db'))).toEqual(garbage);
});

test('a home that is a file is refused with what to do', async () => {
  const home = join(await freshHome(), 'config.yaml');
  for (const args of [
    ['up', '--port', '0'],
    ['up', '--detach'],
    ['demo', '--once'],
  ]) {
    const result = await aios(args, { home });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/a file|not a (folder|directory)/);
    expect(result.stderr).toContain('AIOS_HOME');
  }
});
