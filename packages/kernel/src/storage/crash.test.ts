import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSqliteWorld } from './storage.fixture.ts';

test('a written file keeps its mode, a new one is not executable, nothing temporary stays', async () => {
  await using world = await createSqliteWorld();
  await writeFile(join(world.root, 'run.sh'), 'old', { mode: 0o750 });
  await world.write('/run.sh', 'new');
  await world.write('/deep/er/new.txt', 'new');
  expect((await stat(join(world.root, 'run.sh'))).mode & 0o777).toBe(0o750);
  expect((await stat(join(world.root, 'deep/er/new.txt'))).mode & 0o777).toBe(0o644);
  expect((await readdir(world.root)).sort()).toEqual(['deep', 'run.sh']);
  expect(await readdir(join(world.home, 'pending-writes'))).toEqual([]);
  expect(await readdir(join(world.home, 'blobs', 'unfinished'))).toEqual([]);
});

test('what a crash left behind is removed at boot, and only that', async () => {
  await using world = await createSqliteWorld();
  const leftover = join(world.root, '.aios-00000000-0000-4000-8000-000000000000.tmp');
  await writeFile(leftover, 'half');
  await writeFile(join(world.root, 'keep.txt'), 'x');
  await writeFile(join(world.home, 'pending-writes', 'one'), leftover);
  await writeFile(join(world.home, 'pending-writes', 'two'), join(world.root, 'keep.txt'));
  await writeFile(join(world.home, 'blobs', 'unfinished', 'x'), 'half');
  await world.restart();
  expect(await readdir(world.root)).toEqual(['keep.txt']);
  expect(await readdir(join(world.home, 'pending-writes'))).toEqual([]);
  expect(await readdir(join(world.home, 'blobs', 'unfinished'))).toEqual([]);
});

test('a crash after the file was replaced and before its version was on record loses neither content', async () => {
  await using world = await createSqliteWorld();
  await world.write('/a.txt', 'acknowledged');
  await writeFile(join(world.root, 'a.txt'), 'replaced, not on record');
  await world.restart();
  await world.write('/a.txt', 'next');
  const contents = await Promise.all(
    [1, 2, 3].map(async (version) => (await world.read('/a.txt', { version })).content),
  );
  expect(contents).toEqual(['acknowledged', 'replaced, not on record', 'next']);
});
