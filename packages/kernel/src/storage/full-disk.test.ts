import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realComponent } from '@aios/testing/real-component';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSqliteWorld, createWorld } from './storage.fixture.ts';

const allowed = process.platform === 'linux' && process.getuid?.() === 0 ? true : undefined;
const mayMount = realComponent('small disk (tmpfs)', allowed, 'Run the tests as root on Linux.') === true;

/** A disk of 1 MB, mounted in the tree at /disk. */
async function createSmallDisk() {
  const world = await createSqliteWorld();
  const disk = await world.folder('disk', {});
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
  onTestFinished(async () => {
    execFileSync('umount', ['--lazy', disk]);
    await world[Symbol.asyncDispose]();
  });
  await world.call('storage.mount', { path: '/disk', source: disk, readOnly: false });
  return { world, disk };
}

describe.skipIf(!mayMount)('a disk', () => {
  test('that is full refuses a write with advice and keeps what was there', async () => {
    const { world, disk } = await createSmallDisk();
    await world.write('/disk/a.txt', 'precious');
    const failure = await world.write('/disk/a.txt', 'x'.repeat(2_000_000)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'unavailable', disposition: 'operator' });
    expect(String(failure)).toContain('/disk/a.txt: the disk is full');
    expect(await readFile(join(disk, 'a.txt'), 'utf8')).toBe('precious');
    expect(await readdir(disk)).toEqual(['a.txt']);
    expect((await world.write('/disk/a.txt', 'small')).version).toBe(2);
  });

  test('that is read-only refuses a write with advice', async () => {
    const { world, disk } = await createSmallDisk();
    await writeFile(join(disk, 'a.txt'), 'precious');
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    const failure = await world.write('/disk/a.txt', 'x').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'permission_denied', disposition: 'operator' });
    expect((await world.read('/disk/a.txt')).content).toBe('precious');
  });
});

test('a write that can’t be put on record is undone', async () => {
  await using outer = await createSqliteWorld();
  const { home, database } = outer;
  const place = { home, database: { ...database, write: async () => Promise.reject(new Error('no room')) } };
  await outer.write('/a.txt', 'precious');
  await using world = await createWorld({
    create: async () => ({ ...place, [Symbol.asyncDispose]: async () => undefined }),
  });
  await expect(world.write('/a.txt', 'x')).rejects.toThrow('no room');
  await expect(world.write('/new.txt', 'x')).rejects.toThrow('no room');
  expect(await readFile(join(world.root, 'a.txt'), 'utf8')).toBe('precious');
  expect(await readdir(world.root)).toEqual(['a.txt']);
  expect((await outer.write('/a.txt', 'next')).version).toBe(2);
});
