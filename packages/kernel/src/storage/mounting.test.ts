import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSqliteWorld } from './storage.fixture.ts';

test('says what it indexed; a second time only what changed is read', async () => {
  await using world = await createSqliteWorld();
  const docs = await world.folder('docs', {
    'a.md': '# A\n\nheron',
    'sub/b.txt': 'stork',
    '.git/config': 'hidden',
    'node_modules/x/index.js': 'dependency',
    'image.png': Buffer.from([0x89, 0, 1, 2]),
    'latin1.txt': Buffer.from([0x63, 0x61, 0x66, 0xe9]),
    'large.txt': 'x '.repeat(60_000),
  });
  const mount = () => world.call('storage.mount', { path: '/docs', source: docs });
  const report = { path: '/docs', source: docs, readOnly: true, files: 2, passages: 2, skipped: 3 };
  expect(await mount()).toEqual(report);
  expect(await mount()).toEqual(report);
  await writeFile(join(docs, 'a.md'), '# A\n\negret and more');
  await rm(join(docs, 'sub'), { recursive: true });
  expect(await mount()).toEqual({ ...report, files: 1, passages: 1 });
  expect(await world.find('heron stork egret')).toEqual(['/docs/a.md']);
});

test('without an index the files are there and not found; with it they are', async () => {
  await using world = await createSqliteWorld();
  const docs = await world.folder('docs', { 'a.md': 'heron' });
  const mount = (index: boolean) => world.call('storage.mount', { path: '/docs', source: docs, index });
  expect(await mount(true)).toMatchObject({ files: 1 });
  expect(await mount(false)).toMatchObject({ files: 0 });
  expect(await world.find('heron')).toEqual([]);
  expect((await world.read('/docs/a.md')).content).toBe('heron');
  expect(await mount(true)).toMatchObject({ files: 1 });
  expect(await world.find('heron')).toEqual(['/docs/a.md']);
});

test('another folder at the same path is refused, the same one may change its mode', async () => {
  await using world = await createSqliteWorld();
  const docs = await world.folder('docs', { 'a.md': 'heron' });
  const other = await world.folder('other', {});
  await world.call('storage.mount', { path: '/docs', source: docs });
  await expect(world.call('storage.mount', { path: '/docs', source: other })).rejects.toMatchObject({
    code: 'already_exists',
  });
  await expect(world.write('/docs/a.md', 'x')).rejects.toMatchObject({ code: 'permission_denied' });
  await world.call('storage.mount', { path: '/docs', source: docs, readOnly: false });
  await world.write('/docs/a.md', 'x');
  expect(await readFile(join(docs, 'a.md'), 'utf8')).toBe('x');
});

test('the deepest mount wins, and covers up what is below its path', async () => {
  await using world = await createSqliteWorld();
  const outer = await world.folder('outer', { 'a.md': 'heron', 'inner/covered.md': 'stork' });
  const inner = await world.folder('inner', { 'b.md': 'egret' });
  await world.call('storage.mount', { path: '/docs', source: outer });
  expect(await world.find('stork')).toEqual(['/docs/inner/covered.md']);
  await world.call('storage.mount', { path: '/docs/inner', source: inner });
  await expect(world.read('/docs/inner/covered.md')).rejects.toMatchObject({ code: 'not_found' });
  expect(await world.find('stork')).toEqual([]);
  const again = await world.call('storage.mount', { path: '/docs', source: outer });
  expect(again).toMatchObject({ files: 1, passages: 1 });
  expect(await world.find('heron stork egret')).toEqual(['/docs/a.md', '/docs/inner/b.md']);
});

test('mounts stand in the listing, be there folders on the way or not', async () => {
  await using world = await createSqliteWorld();
  const docs = await world.folder('docs', { 'a.md': 'heron' });
  await world.call('storage.mount', { path: '/far/away/docs', source: docs });
  const paths = async (path: string, recursive = false) =>
    (await world.call('storage.list', { path, recursive })).entries.map((entry) => entry.path);
  expect(await paths('/')).toEqual(['/far']);
  expect(await paths('/far')).toEqual(['/far/away']);
  expect(await paths('/', true)).toEqual(['/far', '/far/away', '/far/away/docs', '/far/away/docs/a.md']);
  await expect(world.write('/far/away', 'x')).rejects.toMatchObject({ code: 'invalid_argument' });
});

test.each([
  ['the home', (world: { home: string }) => world.home],
  ['a folder of the home', (world: { home: string }) => join(world.home, 'blobs')],
  ['a parent of the home', (world: { home: string }) => join(world.home, '..')],
  ['the root of the machine', () => '/'],
])('%s is refused: credentials are in there', async (_name, sourceOf) => {
  await using world = await createSqliteWorld();
  const mount = world.call('storage.mount', { path: '/x', source: sourceOf(world) });
  await expect(mount).rejects.toMatchObject({ code: 'permission_denied' });
});

test('a symbolic link to the home is refused, the root folder may be mounted again', async () => {
  await using world = await createSqliteWorld();
  const folder = await world.folder('links', {});
  await symlink(world.home, join(folder, 'home'));
  const mount = (source: string) => world.call('storage.mount', { path: '/x', source });
  await expect(mount(join(folder, 'home'))).rejects.toMatchObject({ code: 'permission_denied' });
  await expect(mount(folder)).resolves.toMatchObject({ files: 0 });
  await expect(world.call('storage.mount', { path: '/', source: world.root })).resolves.toMatchObject({
    readOnly: false,
  });
  await expect(world.read('/x/home/aios.db')).rejects.toMatchObject({ code: 'permission_denied' });
});

test.each([
  ['relative', 'docs', 'invalid_argument'],
  ['missing', '/no/such/folder', 'not_found'],
  ['a file', '/etc/passwd', 'invalid_argument'],
])('a source that is %s is refused', async (_name, source, code) => {
  await using world = await createSqliteWorld();
  await expect(world.call('storage.mount', { path: '/x', source })).rejects.toMatchObject({ code });
});

test('a folder that vanished is reported, its index stays for when it comes back', async () => {
  await using world = await createSqliteWorld();
  const docs = await world.folder('docs', { 'a.md': 'heron' });
  await world.call('storage.mount', { path: '/docs', source: docs });
  await rm(docs, { recursive: true });
  await expect(world.call('storage.list', { path: '/docs' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(world.call('storage.mount', { path: '/docs', source: docs })).rejects.toMatchObject({
    code: 'not_found',
  });
  expect(await world.find('heron')).toEqual(['/docs/a.md']);
});
