import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, expect } from 'vitest';
import { SecretsFile, withSecrets } from './secrets-file.ts';

const test = base.extend<{ file: SecretsFile }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures’ names from the pattern
  file: async ({}, use) => {
    const home = await mkdtemp(join(tmpdir(), 'aios-secrets-'));
    await use(new SecretsFile(home));
    await rm(home, { recursive: true });
  },
});

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

test('the first secret makes the file, for its owner alone', async ({ file }) => {
  expect(await file.read()).toEqual({});
  expect(await file.unset('A')).toBe(false);
  await file.set('OPENAI_API_KEY', 'sk-1');
  expect(await modeOf(file.path)).toBe(0o600);
  expect(await file.read()).toEqual({ OPENAI_API_KEY: 'sk-1' });
  expect(await file.unset('OPENAI_API_KEY')).toBe(true);
  expect(await file.read()).toEqual({});
});

test('a file that others can read is closed to them, once with a warning', async ({ file }) => {
  await writeFile(file.path, '# mine\nA=1\n');
  await chmod(file.path, 0o644);
  expect(await file.protect()).toContain('others');
  expect(await file.protect()).toBeUndefined();
  await chmod(file.path, 0o666);
  await file.set('B', '2');
  expect(await modeOf(file.path)).toBe(0o600);
  expect(await readFile(file.path, 'utf8')).toBe('# mine\nA=1\nB=2\n');
});

test('what is no text is refused with what to do', async ({ file }) => {
  await writeFile(file.path, Buffer.from([0x41, 0x3d, 0xff, 0xfe]));
  await expect(file.read()).rejects.toThrow('.env: is not UTF-8 text');
  await expect(file.set('A', '1')).rejects.toThrow('.env: is not UTF-8 text');
});

test('a variable of the process comes before the store, unless it is empty', () => {
  const environment = { A: 'process', B: '', PATH: '/bin' };
  expect(withSecrets(environment, { A: 'store', B: 'store', C: 'store' })).toEqual({
    A: 'process',
    B: 'store',
    C: 'store',
    PATH: '/bin',
  });
});
