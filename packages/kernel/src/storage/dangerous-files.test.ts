import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSqliteWorld } from './storage.fixture.ts';

test.each(['/../etc/passwd', '/a/../../etc/passwd', '/a\0b'])(
  'the path %j is refused by the handlers themselves',
  async (path) => {
    await using world = await createSqliteWorld();
    await expect(world.callUnchecked('storage.read', { path, encoding: 'utf8' })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    await expect(
      world.callUnchecked('storage.write', { path, content: 'x', encoding: 'utf8' }),
    ).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  },
);

test('symbolic links that leave the mount are neither read nor written nor listed', async () => {
  await using world = await createSqliteWorld();
  const outside = await world.folder('outside', { 'secret.txt': 'secret' });
  await symlink(join(outside, 'secret.txt'), join(world.root, 'file'));
  await symlink(outside, join(world.root, 'folder'));
  await symlink(join(outside, 'new.txt'), join(world.root, 'dangling'));
  await symlink(join(outside, 'none'), join(world.root, 'dangling-folder'));
  const denied = { code: 'permission_denied' };
  for (const path of ['/file', '/folder/secret.txt']) {
    await expect(world.read(path)).rejects.toMatchObject(denied);
  }
  for (const path of ['/file', '/folder/secret.txt', '/folder/new.txt', '/dangling', '/dangling-folder/x']) {
    await expect(world.write(path, 'x')).rejects.toMatchObject(denied);
  }
  await expect(world.call('storage.list', { path: '/folder' })).rejects.toMatchObject(denied);
  expect((await world.call('storage.list', { path: '/', recursive: true })).entries).toEqual([]);
  expect(await readdir(outside)).toEqual(['secret.txt']);
  expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe('secret');
});

test('symbolic links within the mount work, loops end', async () => {
  await using world = await createSqliteWorld();
  await world.write('/real/a.txt', 'x');
  await symlink('real', join(world.root, 'link'));
  await symlink('loop', join(world.root, 'loop'));
  await symlink('.', join(world.root, 'self'));
  expect((await world.read('/link/a.txt')).content).toBe('x');
  await world.write('/link/a.txt', 'y');
  expect(await readFile(join(world.root, 'real/a.txt'), 'utf8')).toBe('y');
  await expect(world.read('/loop')).rejects.toMatchObject({ code: 'permission_denied' });
  const { entries } = await world.call('storage.list', { path: '/', recursive: true });
  expect(entries.map(({ path }) => path)).toEqual(['/link', '/real', '/real/a.txt', '/self']);
});

test('a pipe or device is refused at once', async () => {
  await using world = await createSqliteWorld();
  execFileSync('mkfifo', [join(world.root, 'pipe')]);
  await expect(world.read('/pipe')).rejects.toThrow('not a regular file');
  await expect(world.write('/pipe', 'x')).rejects.toThrow('not a regular file');
  expect((await world.call('storage.list', {})).entries).toEqual([]);
  await expect(world.call('storage.mount', { path: '/', source: world.root })).resolves.toMatchObject({
    files: 0,
  });
});

test('folders where files are expected, files where folders are, names that are too long', async () => {
  await using world = await createSqliteWorld();
  await mkdir(join(world.root, 'folder'));
  await world.write('/file', 'x');
  for (const path of ['/', '/folder', '/file/below', `/${'x'.repeat(300)}`]) {
    await expect(world.read(path)).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(world.write(path, 'x')).rejects.toMatchObject({ code: 'invalid_argument' });
  }
  expect((await world.read('/file')).content).toBe('x');
});

test('a file over the limit is not read as a whole, but kept as a version when it is replaced', async () => {
  await using world = await createSqliteWorld();
  await writeFile(join(world.root, 'large'), Buffer.alloc(16_000_001, 'x'));
  await expect(world.read('/large')).rejects.toMatchObject({ code: 'failed_precondition' });
  await expect(world.write('/other', 'x'.repeat(16_000_001))).rejects.toMatchObject({
    code: 'failed_precondition',
  });
  await world.write('/large', 'small');
  await world.call('storage.rollback', { path: '/large', version: 1 });
  expect((await stat(join(world.root, 'large'))).size).toBe(16_000_001);
});
