import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { test as base, expect } from 'vitest';
import { homePath, openHome } from './home.ts';
import { readCredentials, readKernelInfo } from './index.ts';

const silent = pino({ level: 'silent' });
const isRoot = process.getuid?.() === 0;

const test = base.extend<{ folder: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures’ names from the pattern
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'aios-home-'));
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  },
});

/** Opens a home in another process, as another user where one is given; resolves with `open` or the error’s message. */
function openElsewhere(path: string, uid?: number) {
  const script = fileURLToPath(new URL('./open-home.fixture.ts', import.meta.url));
  const child = fork(script, [path], {
    execPath: process.execPath,
    execArgv: [],
    ...(uid && { uid, gid: uid }),
  });
  const said = once(child, 'message').then(([message]) => String(message));
  return { child, said };
}

test('the first boot makes the folder and a token that later boots keep', async ({ folder }) => {
  const path = join(folder, 'a', 'home');
  let token: string;
  {
    await using home = await openHome({ path, logger: silent });
    token = home.token;
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect((await stat(join(path, 'credentials'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(path, 'credentials'), 'utf8')).toBe(`${token}\n`);
  }
  await using again = await openHome({ path, logger: silent });
  expect(again.token).toBe(token);
  expect(await readCredentials(path)).toBe(token);
});

test('a token that others could read is closed to them with a warning', async ({ folder }) => {
  const lines: string[] = [];
  const logger = pino({}, { write: (line) => lines.push(line) });
  await writeFile(join(folder, 'credentials'), `${'x'.repeat(43)}\n`);
  await chmod(join(folder, 'credentials'), 0o644);
  await using home = await openHome({ path: folder, logger });
  expect((await stat(join(folder, 'credentials'))).mode & 0o777).toBe(0o600);
  expect(lines.join('')).toContain('mode 644');
  expect(lines.join('')).not.toContain(home.token);
});

test.for([
  '',
  '\n',
  'short',
  `${'x'.repeat(40)} ${'y'.repeat(40)}`,
  `${'x'.repeat(43)}\n${'y'.repeat(43)}\n`,
  '\0'.repeat(43),
])('credentials %j are a clear error and stay as they are', async (text, { folder }) => {
  await writeFile(join(folder, 'credentials'), text);
  await expect(openHome({ path: folder, logger: silent })).rejects.toThrow(
    /credentials must hold the token alone on one line .* Delete it/,
  );
  expect(await readFile(join(folder, 'credentials'), 'utf8')).toBe(text);
  await rm(join(folder, 'credentials'));
  await using _free = await openHome({ path: folder, logger: silent });
});

test('a second kernel is refused and told who holds the home, whatever name it uses', async ({ folder }) => {
  const path = join(folder, 'home');
  const alias = join(folder, 'alias');
  await symlink(path, alias);
  await mkdir(path, { mode: 0o700 });
  {
    await using home = await openHome({ path, logger: silent });
    await expect(openHome({ path, logger: silent })).rejects.toThrow(/it is starting or closing/);
    await home.announce({ url: 'http://127.0.0.1:8123', version: '1' });
    const refusal = `Another kernel (process ${process.pid}, http://127.0.0.1:8123) runs on the home ${path}`;
    await expect(openHome({ path: alias, logger: silent })).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringContaining(refusal),
    });
    const { said } = openElsewhere(path);
    expect(await said).toContain(refusal);
    expect(await readKernelInfo(alias)).toMatchObject({ osPid: process.pid, url: 'http://127.0.0.1:8123' });
  }
  expect(await readKernelInfo(path)).toBeUndefined();
  expect((await readdir(path)).sort()).toEqual(['credentials', 'lock.db']);
  await using again = await openHome({ path: alias, logger: silent });
  expect(again.path).toBe(path);
});

test('a kernel that was killed leaves nothing behind that keeps the next one out', async ({ folder }) => {
  const { child, said } = openElsewhere(folder);
  expect(await said).toBe('open');
  expect(await readKernelInfo(folder)).toMatchObject({ osPid: child.pid });
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await readKernelInfo(folder)).toBeUndefined();
  await using _home = await openHome({ path: folder, logger: silent });
});

test('information about the kernel that is no information counts as none', async ({ folder }) => {
  for (const text of [
    '',
    '{',
    '[]',
    '{"osPid":1}',
    `{"osPid":-1,"url":"http://x","startedAt":"","version":""}`,
  ]) {
    await writeFile(join(folder, 'kernel.json'), text);
    expect(await readKernelInfo(folder)).toBeUndefined();
  }
  expect(await readKernelInfo(join(folder, 'nowhere'))).toBeUndefined();
});

test('spaces, quotes and other scripts in the path work', async ({ folder }) => {
  const path = join(folder, "my hôme “家” ?x=1#%20's");
  await using home = await openHome({ path, logger: silent });
  expect(home.path).toBe(path);
  expect((await readdir(path)).sort()).toEqual(['credentials', 'lock.db']);
});

test('a file, a folder inside a file, and a dangling link are refused clearly', async ({ folder }) => {
  await writeFile(join(folder, 'file'), '');
  await symlink(join(folder, 'gone', 'too'), join(folder, 'dangling'));
  for (const name of ['file', 'file/home', 'dangling']) {
    await expect(openHome({ path: join(folder, name), logger: silent })).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringMatching(/^Cannot use the home .*AIOS_HOME chooses another folder\.$/),
    });
  }
});

test('a damaged lock file is a clear error', async ({ folder }) => {
  await writeFile(join(folder, 'lock.db'), 'x'.repeat(5000));
  await expect(openHome({ path: folder, logger: silent })).rejects.toThrow(/lock\.db is damaged.* delete it/);
});

test.skipIf(!isRoot)(
  'a folder that cannot be written to, or looked into, is a clear error',
  async ({ folder }) => {
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'locked'), { mode: 0o700 });
    expect(await openElsewhere(folder, 65_534).said).toMatch(
      /Cannot write to .*lock\.db.*AIOS_HOME chooses another/,
    );
    expect(await openElsewhere(join(folder, 'new'), 65_534).said).toMatch(
      /Cannot use the home .*permission is missing/,
    );
    expect(await openElsewhere(join(folder, 'locked', 'x'), 65_534).said).toMatch(/permission is missing/);
  },
);

/** A small file system of its own, where this machine allows one. */
function mountSmall(path: string, options: string): Disposable | undefined {
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'ignore' });
    return { [Symbol.dispose]: () => execFileSync('/bin/umount', ['-l', path]) };
  } catch {
    return undefined;
  }
}

test.skipIf(!isRoot)('a read-only and a full file system are clear errors', async ({ folder, skip }) => {
  for (const [options, message] of [
    ['ro,size=64k', /Cannot write to .*lock\.db.*The home must be a folder that this user can write to/],
    ['nr_inodes=2', /Cannot write .*credentials: the disk is full; make room/],
  ] as const) {
    using mounted = mountSmall(folder, options);
    if (mounted === undefined) skip('this machine does not let the test mount a file system');
    await expect(openHome({ path: folder, logger: silent })).rejects.toThrow(message);
  }
});

test('AIOS_HOME chooses the folder', () => {
  expect(homePath({})).toBe(join(homedir(), '.aios'));
  expect(homePath({ AIOS_HOME: ' ' })).toBe(join(homedir(), '.aios'));
  expect(homePath({ AIOS_HOME: '~/x' })).toBe(join(homedir(), 'x'));
  expect(homePath({ AIOS_HOME: 'x/../y' })).toBe(join(process.cwd(), 'y'));
});
