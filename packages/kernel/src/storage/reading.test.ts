import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { callerOf, createSqliteWorld } from './storage.fixture.ts';

test('lines, base64 and text that is none', async () => {
  await using world = await createSqliteWorld();
  await world.write('/a.txt', 'one\r\ntwo\nthree');
  const lines = async (startLine?: number, endLine?: number) =>
    (await world.read('/a.txt', { ...(startLine && { startLine }), ...(endLine && { endLine }) })).content;
  expect(await lines(2, 2)).toBe('two\n');
  expect(await lines(undefined, 2)).toBe('one\r\ntwo\n');
  expect(await lines(3)).toBe('three');
  expect(await lines(9)).toBe('');
  await expect(lines(3, 2)).rejects.toMatchObject({ code: 'invalid_argument' });
  const bytes = Buffer.from([0xff, 0, 0xfe]).toString('base64');
  await world.write('/b.bin', bytes, { encoding: 'base64' });
  expect((await world.read('/b.bin', { encoding: 'base64' })).content).toBe(bytes);
  await expect(world.read('/b.bin')).rejects.toThrow('base64');
  await expect(world.write('/c', 'not base64!', { encoding: 'base64' })).rejects.toMatchObject({
    code: 'invalid_argument',
  });
  await expect(world.write('/c', '\ud800')).rejects.toMatchObject({ code: 'invalid_argument' });
});

test('a list ends at its limit and says so', async () => {
  await using world = await createSqliteWorld();
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`${index}.txt`, 'x']));
  const docs = await world.folder('docs', files);
  await world.call('storage.mount', { path: '/docs', source: docs, index: false });
  const list = (limit: number) => world.call('storage.list', { path: '/docs', limit });
  expect(await list(19)).toMatchObject({ truncated: true, entries: { length: 19 } });
  expect(await list(20)).toMatchObject({ truncated: false, entries: { length: 20 } });
});

test('a search shows only what the caller may read', async () => {
  await using world = await createSqliteWorld();
  await world.write('/secret/a.md', 'heron heron heron');
  await world.write('/public/b.md', 'A heron and other birds were seen.');
  const guest = callerOf({ allows: (path) => path.startsWith('/public') || path === '/' });
  const { matches } = await world.call('storage.search', { query: 'heron', limit: 1 }, guest);
  expect(matches.map(({ path }) => path)).toEqual(['/public/b.md']);
  const { entries } = await world.call('storage.list', { path: '/', recursive: true }, guest);
  expect(entries.map(({ path }) => path)).toEqual(['/public', '/public/b.md', '/secret']);
});

test('what does not exist is not found', async () => {
  await using world = await createSqliteWorld();
  await expect(world.read('/none.txt')).rejects.toMatchObject({ code: 'not_found' });
  await expect(world.call('storage.list', { path: '/none' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(world.call('storage.versions', { path: '/none' })).rejects.toMatchObject({
    code: 'not_found',
  });
  await world.write('/a.txt', 'x');
  await expect(world.call('storage.list', { path: '/a.txt' })).rejects.toMatchObject({
    code: 'invalid_argument',
  });
  await writeFile(join(world.root, 'b.txt'), 'x');
  expect(await world.call('storage.versions', { path: '/b.txt' })).toEqual({ versions: [] });
});
